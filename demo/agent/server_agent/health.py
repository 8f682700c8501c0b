"""From single checks to the answer of `GET /health`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

CheckStatus = Literal["ok", "disabled", "degraded", "down"]
Overall = Literal["ok", "degraded", "down"]


@dataclass(frozen=True, kw_only=True)
class Check:
    """One entry of `checks`; `details` stand beside the status in the JSON."""

    status: CheckStatus
    details: Mapping[str, object] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        return {"status": self.status, **self.details}


def overall(checks: Mapping[str, Check]) -> Overall:
    """Without its database the agent is down; any other trouble degrades it."""
    if checks["database"].status == "down":
        return "down"
    if any(check.status in ("degraded", "down") for check in checks.values()):
        return "degraded"
    return "ok"


def report(version: str, checks: Mapping[str, Check]) -> tuple[int, dict[str, object]]:
    """HTTP status and body of `GET /health`."""
    status = overall(checks)
    body: dict[str, object] = {
        "status": status,
        "version": version,
        "checks": {name: check.as_json() for name, check in checks.items()},
    }
    return (503 if status == "down" else 200), body


class Pulse:
    """What a background task last told about itself. `clock` gives monotonic seconds."""

    def __init__(self, clock: Callable[[], float], stale_after: float) -> None:
        self._clock = clock
        self._stale_after = stale_after
        self._beat_at = clock()
        self._status: CheckStatus = "degraded"
        self._detail: str | None = "starting"
        self._paused = False
        self.done = 0
        self.failures_in_a_row = 0

    def ok(self, *, done: int = 0) -> None:
        """The task works; `done` more pieces of work are finished."""
        self.done += done
        self.failures_in_a_row = 0
        self._note("ok", None)

    def paused(self, detail: str) -> None:
        """The task rests on purpose, which is well."""
        self.failures_in_a_row = 0
        self._note("ok", detail, paused=True)

    def failed(self, detail: str) -> None:
        """The task met an error and will try again."""
        self.failures_in_a_row += 1
        self._note("degraded", detail)

    def _note(self, status: CheckStatus, detail: str | None, *, paused: bool = False) -> None:
        self._beat_at = self._clock()
        self._status, self._detail, self._paused = status, detail, paused

    def check(self) -> Check:
        """Status, finished work and the age of the last sign of life, in seconds."""
        age = self._clock() - self._beat_at
        status, detail = self._status, self._detail
        if age > self._stale_after:
            status, detail = "degraded", f"no sign of life for {age:.0f} s"
        details: dict[str, object] = {"done": self.done, "last_beat_seconds": round(age, 1)}
        if self.failures_in_a_row:
            details["failures_in_a_row"] = self.failures_in_a_row
        if self._paused:
            details["paused"] = True
        if detail:
            details["detail"] = detail
        return Check(status=status, details=details)
