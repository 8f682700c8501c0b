"""The reactive worker: answers queued messages as they come."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, date, datetime
from typing import Protocol

from .errors import NotReadyError
from .health import Pulse
from .replies import command_of, reply
from .stats import Stats

log = logging.getLogger(__name__)

POLL_SECONDS = 5.0  # also finds answers that are due for another try
LONGEST_BACKOFF_SECONDS = 5.0


class Wakes(Protocol):
    """Waits for a new message."""

    async def wait(self, seconds: float) -> None: ...


class Mailbox(Protocol):
    """Where messages wait and answers go."""

    def listening(self) -> AbstractAsyncContextManager[Wakes]: ...
    async def answer_next(self, compose: Callable[[str], Awaitable[str]], delivery: str) -> bool: ...
    async def deliver_next(self, send: Callable[[int, str], Awaitable[None]]) -> bool: ...
    async def stats(self, day: date) -> Stats: ...


class Messenger(Protocol):
    """Where answers are sent to."""

    enabled: bool

    async def send(self, chat_id: int, text: str) -> None: ...


class Worker:
    """Runs until cancelled and survives every error; `pulse` says how it is."""

    def __init__(
        self,
        mailbox: Mailbox,
        messenger: Messenger,
        pulse: Pulse,
        version: str,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._mailbox = mailbox
        self._messenger = messenger
        self._version = version
        self._sleep = sleep
        self.pulse = pulse

    async def run(self) -> None:
        while True:
            try:
                async with self._mailbox.listening() as bell:
                    while True:
                        await self.work_off()
                        await bell.wait(POLL_SECONDS)
            except NotReadyError as error:
                self.pulse.failed(str(error))
                if self.pulse.failures_in_a_row == 1:
                    log.warning("The worker waits: %s", error)
            except Exception as error:
                self.pulse.failed(f"{type(error).__name__}: {error}")
                log.exception("The worker met an error and goes on")
            await self._sleep(backoff(self.pulse.failures_in_a_row))

    async def work_off(self) -> None:
        """Answers and sends until nothing waits."""
        delivery = "waiting" if self._messenger.enabled else "unwanted"
        while await self._mailbox.answer_next(self.compose, delivery):
            self.pulse.ok(done=1)
        while self._messenger.enabled and await self._mailbox.deliver_next(self._messenger.send):
            self.pulse.ok()
        self.pulse.ok()

    async def compose(self, text: str) -> str:
        """The answer to `text`. Figures that cannot be read do not hold the queue up."""
        stats = None
        if command_of(text) == "/stats":
            try:
                stats = await self._mailbox.stats(datetime.now(UTC).date())
            except NotReadyError:
                raise
            except Exception:
                log.exception("The figures cannot be read")
        return reply(text, version=self._version, stats=stats)


def backoff(failures_in_a_row: int) -> float:
    """Seconds until the next try: 0.5, 1, 2, 4 and then 5."""
    return min(2.0 ** min(failures_in_a_row - 2, 10), LONGEST_BACKOFF_SECONDS)
