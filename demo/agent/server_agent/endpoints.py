"""The HTTP face: /live, /health, /stats and /webhook."""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from typing import Protocol

from aiohttp import web

from .errors import NotReadyError
from .health import Check, Pulse, report
from .settings import Settings
from .stats import Stats, as_json
from .updates import BadUpdateError, Incoming, parse_update

log = logging.getLogger(__name__)

BIGGEST_BODY = 64 * 1024  # bytes; Telegram's updates stay far below
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the header's name, not a secret

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Storage(Protocol):
    """What the endpoints need of the database."""

    async def check(self) -> None: ...
    async def enqueue(self, message: Incoming) -> bool: ...
    async def stats(self, day: date) -> Stats: ...


class TelegramCheck(Protocol):
    """Tells whether the bot is there."""

    async def check(self) -> Check: ...


class Endpoints:
    """The handlers. `started_at` is a reading of `time.monotonic`."""

    def __init__(
        self,
        settings: Settings,
        storage: Storage,
        telegram: TelegramCheck,
        *,
        worker: Pulse,
        scheduler: Pulse,
    ) -> None:
        self._settings = settings
        self._storage = storage
        self._telegram = telegram
        self._worker = worker
        self._scheduler = scheduler
        self._started_at = time.monotonic()

    def application(self) -> web.Application:
        app = web.Application(client_max_size=BIGGEST_BODY, middlewares=[errors_as_json])
        app.router.add_get("/live", self.live)
        app.router.add_get("/health", self.health)
        app.router.add_get("/stats", self.stats)
        app.router.add_post("/webhook", self.webhook)
        return app

    async def live(self, _: web.Request) -> web.Response:
        return web.json_response({"status": "ok", "version": self._settings.version})

    async def health(self, _: web.Request) -> web.Response:
        database, telegram = await asyncio.gather(self._check_database(), self._telegram.check())
        checks = {
            "database": database,
            "telegram": telegram,
            "reactive_worker": self._worker.check(),
            "proactive_scheduler": self._scheduler.check(),
        }
        status, body = report(self._settings.version, checks)
        return web.json_response(body, status=status)

    async def _check_database(self) -> Check:
        begin = time.perf_counter()
        try:
            await self._storage.check()
        except NotReadyError as error:
            return Check(status="down", details={"detail": str(error)})
        except Exception as error:
            log.exception("The database check failed")
            return Check(
                status="down", details={"detail": f"{type(error).__name__}; the log has the details"}
            )
        return Check(status="ok", details={"latency_ms": round((time.perf_counter() - begin) * 1000, 1)})

    async def stats(self, _: web.Request) -> web.Response:
        stats = await self._storage.stats(datetime.now(UTC).date())
        uptime = time.monotonic() - self._started_at
        limit = self._settings.token_budget
        return web.json_response(
            as_json(stats, uptime_seconds=uptime, version=self._settings.version, token_limit=limit)
        )

    async def webhook(self, request: web.Request) -> web.Response:
        secret = self._settings.webhook_secret
        given = request.headers.get(SECRET_HEADER, "")
        if secret and not hmac.compare_digest(given.encode(errors="surrogateescape"), secret.encode()):
            return refuse(401, f"{SECRET_HEADER} is missing or wrong")
        try:
            message = parse_update(await request.read())
        except BadUpdateError as error:
            return refuse(400, str(error))
        except web.HTTPRequestEntityTooLarge:
            return refuse(413, f"the body is larger than {BIGGEST_BODY} bytes")
        if message is None:
            return web.json_response({"status": "ignored"})
        new = await self._storage.enqueue(message)
        return web.json_response({"status": "queued" if new else "duplicate", "update_id": message.update_id})


def refuse(status: int, reason: str) -> web.Response:
    """An error as JSON."""
    return web.json_response({"error": reason}, status=status)


@web.middleware
async def errors_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every error is JSON: 503 while the database is away, 500 for what nobody foresaw."""
    try:
        return await handler(request)
    except NotReadyError as error:
        return refuse(503, str(error))
    except web.HTTPException as error:
        error.content_type = "application/json"
        error.text = json.dumps({"error": error.reason})
        raise
    except Exception:
        log.exception("%s %s failed", request.method, request.path)
        return refuse(500, "internal error; the log has the details")
