"""The agent's figures."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Stats:
    """Counts since the first start; `tokens_used` counts the current day (UTC) only."""

    received: int
    answered: int
    queued: int
    cycles: int
    tokens_used: int


def as_json(stats: Stats, *, uptime_seconds: float, version: str, token_limit: int) -> dict[str, object]:
    """The body of `GET /stats`."""
    return {
        "version": version,
        "uptime_seconds": round(uptime_seconds, 1),
        "messages": {"received": stats.received, "answered": stats.answered, "queued": stats.queued},
        "cycles": stats.cycles,
        "token_budget": {"used": stats.tokens_used, "limit": token_limit},
    }
