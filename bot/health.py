"""How the bot itself is: what its parts last told."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal

from bot.version import versions
from pipeline.model.pause import Pause
from pipeline.model.running import Running
from pipeline.version import UNKNOWN, own_version, revision

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
    """One part's last word, and when it was last well; it starts as not yet heard of. `news` is set with
    each word."""

    last: Check = field(default_factory=lambda: Check(status="degraded", detail="starting"))
    well_at: datetime | None = None
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def ok(self) -> None:
        self.last, self.well_at = Check(status="ok"), datetime.now(UTC)
        self.news.set()

    def failed(self, detail: str) -> None:
        self.last = Check(status="degraded", detail=detail)
        self.news.set()


@dataclass
class Health:
    """`shut` is why the home chat takes no messages, None as long as it does; `news` is set with each word of
    a part."""

    polling: Part = field(default_factory=Part)
    sending: Part = field(default_factory=lambda: Part(Check(status="ok")))
    scheduler: Part = field(default_factory=Part)
    others: dict[str, Part] = field(default_factory=dict)
    shut: str | None = None
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        for part in (self.polling, self.sending, self.scheduler):
            part.news = self.news

    def looks_at(self, project: str, *, first: bool) -> Part:
        """Who looks at the remote of a project; of the default one, which is the `first`, `scheduler`."""
        return self.scheduler if first else self.others.setdefault(project, Part(news=self.news))

    @property
    def looks(self) -> Check:
        """Of all remotes: the default project's where that one is not seen, or else the first that is not."""
        return worst({"": self.scheduler.last, **{name: part.last for name, part in self.others.items()}})

    def of_project(self, project: str, worker: Check, paused: Pause | None) -> dict[str, Any]:
        """What /health says of each of several projects."""
        look = self.others.get(project, self.scheduler).last
        body: dict[str, Any] = {"scheduler": look.as_json(), "worker": worker.as_json()}
        return body | ({"paused": _paused(paused)} if paused else {})

    @property
    def looked_at(self) -> datetime | None:
        """When the remote that was not seen for longest was seen; None where one never was."""
        seen = [part.well_at for part in (self.scheduler, *self.others.values())]
        known = [at for at in seen if at is not None]
        return min(known) if len(known) == len(seen) else None

    @property
    def ill(self) -> dict[str, str]:
        """Which parts are not well, and why."""
        parts = {"telegram": self.telegram, "scheduler": self.looks}
        return {name: check.detail or check.status for name, check in parts.items() if check.status != "ok"}

    @property
    def telegram(self) -> Check:
        return self.polling.last if self.polling.last.status != "ok" else self.sending.last


def report(
    checks: dict[str, Check], paused: Pause | None = None, worker: Running | None = None
) -> tuple[int, dict[str, Any]]:
    """HTTP status and body of /health. Without its database the bot is down, other trouble degrades it.

    A pause is told, but is no trouble; nor is a worker of another version.
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
        "revision": revision() or UNKNOWN,
        "versions": versions(),
        "worker": _as_json(worker),
        "checks": {name: check.as_json() for name, check in checks.items()},
    }
    if paused is not None:
        body["paused"] = _paused(paused)
    return (503 if overall == "down" else 200), body


def _as_json(worker: Running | None) -> dict[str, str] | None:
    if worker is None:
        return None
    return {"version": worker.version, "revision": worker.revision or UNKNOWN}


def _paused(pause: Pause) -> dict[str, str | None]:
    return {"since": pause.began_at.isoformat(), "reason": pause.reason}


def worst(checks: Mapping[str, Check]) -> Check:
    """The first that is not well, with its name before the detail unless that is empty; else that all is."""
    for name, check in checks.items():
        if check.status != "ok":
            return replace(check, detail=f"{name}: {check.detail}") if name else check
    return Check(status="ok")
