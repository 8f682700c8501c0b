"""How fast a chat is written to: inside Telegram's limits, with room kept for what rings."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

PER_SECOND = 0.95
"""Telegram allows about one message a second in a chat, an edit counting like a message."""

BURST = 5.0
RESERVE = 2.0
"""Of a burst, what edits leave to messages: an answer never waits because a card has just changed."""

GROUP_PER_SECOND = 0.245
"""Telegram allows twenty a minute in a group: a burst and what comes after it stay below that."""


class Pace:
    """A token bucket; `clock` in seconds."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, *, per_second: float = PER_SECOND
    ) -> None:
        self._clock = clock
        self._per_second = per_second
        self._tokens = BURST
        self._since = clock()

    def wait(self, *, edit: bool = False) -> float:
        """Seconds until the next message, or edit, may go."""
        needed = 1.0 + (RESERVE if edit else 0.0)
        return max(0.0, (needed - self._now()) / self._per_second)

    def take(self) -> None:
        self._tokens = self._now() - 1.0

    def refused(self) -> None:
        """Telegram counted more than we did: no burst is left."""
        self._tokens = min(self._now(), 0.0)

    async def turn(self) -> None:
        """Waits until a message may go, and takes its place."""
        await asyncio.sleep(self.wait())
        self.take()

    def _now(self) -> float:
        now = self._clock()
        self._tokens = min(BURST, self._tokens + (now - self._since) * self._per_second)
        self._since = now
        return self._tokens


class Paces:
    """One for each chat; a group, whose id is negative, has the slower one. `now` gives the id that a chat
    has by now."""

    def __init__(self, now: Callable[[int], int] = int, clock: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._clock = clock
        self._paces: dict[int, Pace] = {}

    def of(self, chat: int) -> Pace:
        now = self._now(chat)
        for known, pace in self._paces.items():
            if self._now(known) == now:
                return pace
        per_second = GROUP_PER_SECOND if now < 0 else PER_SECOND
        self._paces[now] = Pace(self._clock, per_second=per_second)
        return self._paces[now]
