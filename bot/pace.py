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


class Pace:
    """A token bucket; `clock` in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._tokens = BURST
        self._since = clock()

    def wait(self, *, edit: bool = False) -> float:
        """Seconds until the next message, or edit, may go."""
        needed = 1.0 + (RESERVE if edit else 0.0)
        return max(0.0, (needed - self._now()) / PER_SECOND)

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
        self._tokens = min(BURST, self._tokens + (now - self._since) * PER_SECOND)
        self._since = now
        return self._tokens
