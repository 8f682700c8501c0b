"""POST /webhook/github, /webhook/gitlab, /webhook/gitea: a push wakes the look at the remote."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection
from functools import partial

import structlog
from aiohttp import web

from bot.deliveries import Forge, News, id_of, is_signed, news_of, sends_secret
from pipeline.cancelling import pass_on_cancellation
from pipeline.model.release import ProjectId
from pipeline.store.connect import LOST
from pipeline.store.deliveries import Deliveries

BODY_BYTES = 5 * 1024 * 1024
READ_SECONDS = 10.0
APART_SECONDS = 2.0
"""However many deliveries come, they bring no more than one look in so many seconds."""

_AT_ONCE = 8
_JOURNAL_SECONDS = 5.0
_TOLD_SECONDS = 60.0
_FORGET_SECONDS = 3600.0

log = structlog.get_logger()


class Webhook:
    """Takes deliveries from the start; until the journal is handed in the forge is told to come again.

    `branches` are those watched, of whichever project: one delivery brings a look at each remote, for the
    repository that it names proves nothing.
    """

    def __init__(
        self,
        secret: bytes | None,
        branches: Collection[str],
        *,
        read_seconds: float = READ_SECONDS,
        apart: float = APART_SECONDS,
    ) -> None:
        self._secret = secret
        self._branches = branches
        self._read_seconds = read_seconds
        self._apart = apart
        self._journal: tuple[Deliveries, ProjectId] | None = None
        self._reading = asyncio.Semaphore(_AT_ONCE)
        self._moved = asyncio.Event()
        self._refusals = Refusals()

    def journal(self, deliveries: Deliveries, project: ProjectId) -> None:
        self._journal = (deliveries, project)

    def routes(self) -> list[web.RouteDef]:
        """None without a secret: then all of these addresses are unknown."""
        if self._secret is None:
            return []
        secret = self._secret
        return [web.post(f"/webhook/{forge}", partial(self._take, forge, secret)) for forge in Forge]

    async def run(self) -> None:
        """Wakes the look after deliveries, and forgets old ones, until cancelled."""
        forgotten = 0.0
        while True:
            await self._moved.wait()
            self._moved.clear()
            if self._journal is None:
                continue
            deliveries, _ = self._journal
            try:
                async with asyncio.timeout(_JOURNAL_SECONDS):
                    await deliveries.tell_remote_moved()
                    if not forgotten or time.monotonic() - forgotten > _FORGET_SECONDS:
                        await deliveries.forget()
                        forgotten = time.monotonic()
            except LOST as error:
                pass_on_cancellation()
                log.warning("look_not_woken", problem=str(error) or type(error).__name__)
            await asyncio.sleep(self._apart)

    async def _take(self, forge: Forge, secret: bytes, request: web.Request) -> web.Response:
        if forge is Forge.GITLAB and not sends_secret(request.headers, secret):
            return self._refused(forge)
        body = await self._read(request)
        if isinstance(body, web.Response):
            return body
        if not is_signed(forge, request.headers, body, secret):
            return self._refused(forge)
        if request.content_type != "application/json":
            return _say(415, "Choose the content type application/json for this webhook.")
        try:
            news = news_of(forge, request.headers, body, self._branches)
        except ValueError:
            return _say(400, "The body is no JSON object.")
        if news is News.PING:
            return _say(200, "Signed as agreed. Pushes wake the bot from now on.")
        if news is News.OTHER:
            return _say(202, "Nothing to do: this is no push to a watched branch.")
        return await self._note(forge, id_of(forge, request.headers, body))

    async def _read(self, request: web.Request) -> bytes | web.Response:
        """The body, or why it is not taken; bounded in size and time, and in how many are read at once."""
        too_large = _say(413, f"A delivery may have {BODY_BYTES // 1024 // 1024} MiB.", close=True)
        if (request.content_length or 0) > BODY_BYTES:
            return too_large
        body = bytearray()
        try:
            async with asyncio.timeout(self._read_seconds), self._reading:
                async for chunk in request.content.iter_any():
                    body += chunk
                    if len(body) > BODY_BYTES:
                        return too_large
        except TimeoutError:
            pass_on_cancellation()
            return _say(408, f"The body was not there within {self._read_seconds:g} s.", close=True)
        return bytes(body)

    async def _note(self, forge: Forge, delivery: str) -> web.Response:
        away = _say(503, "The journal is away. Deliver this again later.", retry=True)
        if self._journal is None:
            return away
        deliveries, project = self._journal
        try:
            async with asyncio.timeout(_JOURNAL_SECONDS):
                first = await deliveries.take(project, forge, delivery)
        except LOST as error:
            pass_on_cancellation()
            log.warning("delivery_not_taken", forge=forge, problem=str(error) or type(error).__name__)
            return away
        if not first:
            return _say(200, "This delivery was taken before.")
        log.info("delivery_taken", forge=forge)
        self._moved.set()
        return _say(202, "The bot looks at the remote now.")

    def _refused(self, forge: Forge) -> web.Response:
        self._refusals.count(forge, time.monotonic())
        return _say(401, "The signature does not fit.", close=True)


class Refusals:
    """Deliveries whose signature does not fit are told in the log once a minute, with how many there were."""

    def __init__(self) -> None:
        self._since: float | None = None
        self._untold = 0

    def count(self, forge: Forge, now: float) -> None:
        self._untold += 1
        if self._since is None or now - self._since >= _TOLD_SECONDS:
            log.warning("deliveries_refused", forge=forge, count=self._untold)
            self._since, self._untold = now, 0


def _say(status: int, text: str, *, close: bool = False, retry: bool = False) -> web.Response:
    answer = web.Response(status=status, text=f"{text}\n", headers={"Retry-After": "30"} if retry else None)
    if close:
        answer.force_close()
    return answer
