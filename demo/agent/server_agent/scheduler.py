"""The proactive scheduler: a cycle every so often, paid from a daily token budget."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime
from typing import Protocol

from .digest import Budget, digest
from .errors import NotReadyError
from .health import Pulse

log = logging.getLogger(__name__)

MESSAGES_A_CYCLE = 100
NOT_READY_SECONDS = 2.0  # how soon a cycle is tried again while the database is away


class ReadableMessage(Protocol):
    """A message with its place in the order of arrival."""

    @property
    def id(self) -> int: ...
    @property
    def text(self) -> str: ...


class Ledger(Protocol):
    """Where cycles and what they cost are kept."""

    async def tokens_used(self, day: date) -> int: ...
    async def unread(self, limit: int) -> Sequence[ReadableMessage]: ...
    async def record_cycle(self, day: date, last_message_id: int, summary: str, tokens: int) -> None: ...


class Scheduler:
    """Runs until cancelled and survives every error; `pulse` says how it is. `now` gives the time in UTC."""

    def __init__(
        self,
        ledger: Ledger,
        pulse: Pulse,
        *,
        token_limit: int,
        every: float,
        now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._ledger = ledger
        self._token_limit = token_limit
        self._every = every
        self._now = now
        self._sleep = sleep
        self.pulse = pulse

    async def run(self) -> None:
        while True:
            pause = self._every
            try:
                await self.cycle()
            except NotReadyError as error:
                self.pulse.failed(str(error))
                pause = min(self._every, NOT_READY_SECONDS)
                if self.pulse.failures_in_a_row == 1:
                    log.warning("The cycle waits: %s", error)
            except Exception as error:
                self.pulse.failed(f"{type(error).__name__}: {error}")
                log.exception("A cycle failed; the next one follows in %g s", self._every)
            await self._sleep(pause)

    async def cycle(self) -> None:
        """Reads what is new and records a digest, or pauses when today's tokens are used up."""
        day = self._now().date()
        budget = Budget(limit=self._token_limit, used=await self._ledger.tokens_used(day))
        unread = await self._ledger.unread(MESSAGES_A_CYCLE)
        result = digest([message.text for message in unread], budget)
        if result is None:
            self.pulse.paused(
                f"today's token budget is used up ({budget.used} of {budget.limit}); "
                "cycles go on at 00:00 UTC"
            )
            return
        last_read = unread[result.read - 1].id if result.read else 0
        await self._ledger.record_cycle(day, last_read, result.summary, result.tokens)
        self.pulse.ok(done=1)
