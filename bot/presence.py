"""Tells the journal which bot this is, and how it fares: so a hand-over knows that a new one is at work."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from datetime import datetime

import structlog

from bot.health import Health
from bot.telegram import Backoff
from pipeline.cancelling import pass_on_cancellation
from pipeline.store.connect import LOST
from pipeline.store.processes import Processes
from pipeline.version import own_host, own_version, revision

TELL_SECONDS = 30.0
"""How often it is told that all is as before, however much news says the same."""

_PAUSE_SECONDS = 0.5  # an outage may make many words in a moment

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class _Word:
    polled: bool
    shut: str | None
    ill: dict[str, str]


class Presence:
    def __init__(self, processes: Processes, health: Health) -> None:
        self._processes = processes
        self._health = health

    async def run(self) -> None:
        """Until cancelled."""
        backoff = Backoff(longest=10.0)
        while True:
            try:
                await self._present()
            except LOST as error:
                pass_on_cancellation()
                log.warning("presence_not_told", problem=str(error))
                await asyncio.sleep(backoff.failed())

    async def _present(self) -> None:
        """Until the journal does not know this bot any more, as after a restore of the journal itself."""
        host, health = own_host(), self._health
        await self._processes.begin("bot", host, own_version(), revision())
        last: _Word | None = None
        polled_at: datetime | None = None
        clock = asyncio.get_running_loop().time
        told = clock()
        while True:
            health.news.clear()
            well_at = health.polling.well_at
            word = _Word(polled=well_at is not None, shut=health.shut, ill=health.ill)
            if word != last or clock() >= told + TELL_SECONDS:
                known = await self._processes.tell(
                    "bot", host, polled=word.polled and well_at != polled_at, shut=word.shut, ill=word.ill
                )
                if not known:
                    return
                last, polled_at, told = word, well_at, clock()
            await asyncio.sleep(_PAUSE_SECONDS)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(told + TELL_SECONDS):
                    await health.news.wait()
