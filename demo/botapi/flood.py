"""How fast a bot may write.

Telegram publishes the rates (about one message a second in a chat with short bursts, twenty a minute in a
group, about thirty a second overall) but not its algorithm; this is a token bucket a chat and two windows.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

from demo.botapi.errors import too_many_requests


@dataclass(frozen=True, kw_only=True)
class FloodLimits:
    """Rates in messages; `penalty` is how many seconds of the chat's rate a refused bot is sent away for."""

    chat_per_second: float = 1.0
    chat_burst: int = 6
    group_per_minute: int = 20
    overall_per_second: int = 30
    penalty: float = 3.0


class FloodControl:
    """The writing of one bot. `admit` either counts the message or raises ApiError 429, as often as `refused`
    says."""

    def __init__(self, limits: FloodLimits | None) -> None:
        self.refused = 0
        self._limits = limits
        self._buckets: dict[int, tuple[float, float]] = {}
        self._groups: dict[int, deque[float]] = {}
        self._overall: deque[float] = deque()
        self._refused_until: dict[int, float] = {}

    def admit(self, chat_id: int, now: float, *, is_group: bool = False) -> None:
        """`now` in seconds of the world's clock. A refused message is not counted."""
        limits = self._limits
        if limits is None:
            return
        wait = self._refused_until.get(chat_id, now) - now
        if wait <= 0:
            wait = self._chat_wait(limits, chat_id, now)
            if wait > 0:
                wait = max(wait, limits.penalty)
                self._refused_until[chat_id] = now + wait
        if is_group:
            sent = self._groups.setdefault(chat_id, deque())
            wait = max(wait, _window_wait(sent, limits.group_per_minute, 60.0, now))
        wait = max(wait, _window_wait(self._overall, limits.overall_per_second, 1.0, now))
        if wait > 0:
            self.refused += 1
            raise too_many_requests(max(1, math.ceil(wait)))
        tokens, _ = self._bucket(limits, chat_id, now)
        self._buckets[chat_id] = (tokens - 1, now)
        self._overall.append(now)
        if is_group:
            self._groups[chat_id].append(now)

    def _bucket(self, limits: FloodLimits, chat_id: int, now: float) -> tuple[float, float]:
        tokens, since = self._buckets.get(chat_id, (float(limits.chat_burst), now))
        return min(float(limits.chat_burst), tokens + (now - since) * limits.chat_per_second), now

    def _chat_wait(self, limits: FloodLimits, chat_id: int, now: float) -> float:
        tokens, _ = self._bucket(limits, chat_id, now)
        # 1e-9: a bucket refilled in many small steps must not miss a whole token by rounding
        return 0.0 if tokens >= 1 - 1e-9 else (1 - tokens) / limits.chat_per_second


def _window_wait(sent: deque[float], allowed: int, seconds: float, now: float) -> float:
    while sent and sent[0] <= now - seconds:
        sent.popleft()
    return sent[0] + seconds - now if len(sent) >= allowed else 0.0
