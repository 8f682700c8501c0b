"""How fast a chat is written to: inside Telegram's limits, with room kept for what rings."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from enum import IntEnum

PER_SECOND = 0.95
"""Telegram allows about one message a second in a chat, an edit counting like a message."""

BURST = 5.0
RESERVE = 2.0
"""Of a burst, what edits leave to messages: an answer never waits because a card has just changed."""


class Weight(IntEnum):
    """What is written, the most pressing first.

    MESSAGE  a new message, which rings
    END      a card's last form, or what somebody asked for in its place
    STATE    something began, ended, or wants an answer
    LINE     how far something is
    """

    MESSAGE = 0
    END = 1
    STATE = 2
    LINE = 3


_GAPS = {Weight.STATE: 1.0, Weight.LINE: 1.2}
_GROUP_GAPS = {Weight.STATE: 2.0, Weight.LINE: 4.0}
"""Seconds since the write before: what is told while they pass goes along, and nothing that presses waits."""

_GROUP_MINUTE = {Weight.MESSAGE: 20, Weight.END: 20, Weight.STATE: 18, Weight.LINE: 12}
"""A group takes twenty messages a minute. One that presses less leaves room for those that press more."""

_MINUTE = 61.0  # a call may take longer than the one before it


class Pace:
    """Of one chat, a private one unless it is a `group`; `clock` in seconds. A token bucket, and in a group
    the writes of the last minute."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, *, group: bool = False) -> None:
        self._clock = clock
        self._tokens = BURST
        self._since = clock()
        self._gaps = _GROUP_GAPS if group else _GAPS
        self._allowed = _GROUP_MINUTE if group else {}
        self._written: deque[float] = deque(maxlen=max(_GROUP_MINUTE.values()))

    def wait(self, weight: Weight = Weight.MESSAGE) -> float:
        """Seconds until the next one may go."""
        needed = 1.0 + (RESERVE if weight >= Weight.STATE else 0.0)
        waits = [0.0, (needed - self._now()) / PER_SECOND]
        if self._written:
            waits.append(self._written[-1] + self._gaps.get(weight, 0.0) - self._since)
        allowed = self._allowed.get(weight)
        if allowed and len(self._written) >= allowed:
            waits.append(self._written[-allowed] + _MINUTE - self._since)
        return max(waits)

    def take(self) -> None:
        self._tokens = self._now() - 1.0
        self._written.append(self._since)

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
        self._paces[now] = Pace(self._clock, group=now < 0)
        return self._paces[now]
