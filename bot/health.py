"""How the bot itself is: what its parts last told."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from bot.version import own_version, versions
from pipeline.model.pause import Pause

Status = Literal["ok", "degraded", "down"]


@dataclass(frozen=True, kw_only=True)
class Check:
    """`detail` says what is wrong, in one line without secrets."""

    status: Status
    detail: str | None = None

    def as_json(self) -> dict[str, str]:
        return {"status": self.status, **({"detail": self.detail} if self.detail else {})}


@dataclass
class Part:
    """One part's last word, and when it was last well; it starts as not yet heard of."""

    last: Check = field(default_factory=lambda: Check(status="degraded", detail="starting"))
    well_at: datetime | None = None

    def ok(self) -> None:
        self.last, self.well_at = Check(status="ok"), datetime.now(UTC)

    def failed(self, detail: str) -> None:
        self.last = Check(status="degraded", detail=detail)


@dataclass
class Health:
    polling: Part = field(default_factory=Part)
    sending: Part = field(default_factory=lambda: Part(Check(status="ok")))
    scheduler: Part = field(default_factory=Part)
    others: dict[str, Part] = field(default_factory=dict)

    def looks_at(self, project: str, *, first: bool) -> Part:
        """Who looks at the remote of a project; of the default one, which is the `first`, `scheduler`."""
        return self.scheduler if first else self.others.setdefault(project, Part())

    @property
    def looks(self) -> Check:
        """Of all remotes: the default project's where that one is not seen, or else the first that is not."""
        if self.scheduler.last.status != "ok":
            return self.scheduler.last
        for project, part in self.others.items():
            if part.last.status != "ok":
                return Check(status=part.last.status, detail=f"{project}: {part.last.detail or 'not well'}")
        return self.scheduler.last

    @property
    def telegram(self) -> Check:
        return self.polling.last if self.polling.last.status != "ok" else self.sending.last


def report(checks: dict[str, Check], paused: Pause | None = None) -> tuple[int, dict[str, Any]]:
    """HTTP status and body of /health. Without its database the bot is down, other trouble degrades it.

    A pause is told, but is no trouble.
    """
    if checks["database"].status == "down":
        overall: Status = "down"
    elif all(check.status == "ok" for check in checks.values()):
        overall = "ok"
    else:
        overall = "degraded"
    body: dict[str, Any] = {
        "status": overall,
        "version": own_version(),
        "versions": versions(),
        "checks": {name: check.as_json() for name, check in checks.items()},
    }
    if paused is not None:
        body["paused"] = {"since": paused.began_at.isoformat(), "reason": paused.reason}
    return (503 if overall == "down" else 200), body
