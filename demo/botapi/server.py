"""The local Bot API server: a World behind HTTP."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from aiohttp import web

from demo.botapi.bot_routes import BotRoutes
from demo.botapi.faults import Faults
from demo.botapi.people_routes import PeopleRoutes, refuse_politely
from demo.botapi.webhooks import WebhookDelivery
from demo.botapi.world import World

PAGE = Path(__file__).parent / "page"
MAX_BODY = 60_000_000
_SHUTDOWN_SECONDS = 0.2
_POLICY = "default-src 'self'; script-src 'self' 'sha256-{}'; img-src 'self' data:; frame-ancestors 'none'"


class BotApiServer:
    """Telegram's Bot API on this machine, with a chat page at `/`.

        world = World()
        world.add_bot("7000000001:secret", username="deploy_bot", first_name="Deploy")
        async with BotApiServer(world) as server:
            bot = Bot(token, session=AiohttpSession(api=TelegramAPIServer.from_base(server.url)))
            server.faults.add("flood", "sendMessage", times=2, retry_after=3)

    `port` 0 takes a free one; `url` has it once started. `webhook_delay` is the first wait (seconds) after a
    webhook refused an update. `world` and `faults` may be used at any time from the server's event loop.
    """

    def __init__(
        self,
        world: World | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        webhook_delay: float = 1.0,
    ) -> None:
        self.world = world if world is not None else World()
        self.faults = Faults(self.world.clock)
        self.host = host
        self.port = port
        self._webhooks = WebhookDelivery(self.world, first_delay=webhook_delay)
        self._delivery: asyncio.Task[None] | None = None
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """`http://host:port`, without a slash at the end."""
        return f"http://{self.host}:{self.port}"

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Raises OSError when the address cannot be listened on."""
        app = web.Application(client_max_size=MAX_BODY, middlewares=[refuse_politely])
        app.add_routes(BotRoutes(self.world, self.faults, self._webhooks).routes())
        app.add_routes(PeopleRoutes(self.world, self.faults).routes())
        app.add_routes([web.get("/", _page), web.static("/page", PAGE)])
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=_SHUTDOWN_SECONDS)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self.host, self.port).start()
        except OSError:
            await self._runner.cleanup()
            raise
        self.port = self._runner.addresses[0][1]
        self._delivery = asyncio.create_task(self._webhooks.run())
        self._webhooks.look()

    async def stop(self) -> None:
        """Ends waiting polls, streams and deliveries; a stopped server can be started again on its port."""
        if self._delivery is not None:
            self._delivery.cancel()
            with suppress(asyncio.CancelledError):
                await self._delivery
            self._delivery = None
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None


async def _page(_request: web.Request) -> web.Response:
    """What asks again is in the page itself: in a file of its own it would be dropped like the others."""
    again, page = (PAGE / "again.js").read_text(), (PAGE / "index.html").read_text()
    known = base64.b64encode(hashlib.sha256(again.encode()).digest()).decode()
    return web.Response(
        text=page.replace("<!-- again.js -->", f"<script>{again}</script>"),
        content_type="text/html",
        headers={"Content-Security-Policy": _POLICY.format(known), "Cache-Control": "no-store"},
    )
