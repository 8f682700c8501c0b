"""What the journal holds now, counted: for /stats and /metrics."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pipeline.model.alert import Severity
from pipeline.model.release import Observation, ReleaseId
from pipeline.model.states import RunKind, RunState


@dataclass(frozen=True, kw_only=True)
class Serving:
    release: ReleaseId
    sha: str | None
    branch: str | None
    since: datetime | None


@dataclass(frozen=True, kw_only=True)
class LastRun:
    """The newest run of its kind that has ended, and how long it took from its start."""

    kind: RunKind
    state: RunState
    at: datetime
    took: timedelta


@dataclass(frozen=True, kw_only=True)
class Kept:
    """Backups whose files are kept, and their size in bytes; `newest` is the newest that is usable.
    `proven_at` is when one that is still kept was last brought back whole. `uncopied` have no copy off
    site."""

    count: int = 0
    bytes: int = 0
    quarantined: int = 0
    uncopied: int = 0
    newest_at: datetime | None = None
    newest_bytes: int | None = None
    proven_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """Updates that are not handled, plans, questions and pushes that nobody answered; and `cards` that the
    home chat is owed, the oldest since `cards_since`."""

    updates: int = 0
    updates_since: datetime | None = None
    approvals: int = 0
    questions: int = 0
    pushes: int = 0
    cards: int = 0
    cards_since: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class StageTimes:
    """Of all stages of one name that succeeded in runs that ended: how many took no longer than each of
    BOUNDS, but longer than the one before; the last number is of those that took longer than all. `seconds`
    is what they took together."""

    counts: tuple[int, ...]
    seconds: float


BOUNDS = (1.0, 5.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0)
"""In seconds."""


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """`runs` counts those of each kind and state, the active one among them; `alerts` the open ones."""

    at: datetime
    project: str
    branch: str
    live: Serving | None = None
    previous: Serving | None = None
    runs: dict[tuple[RunKind, RunState], int] = field(default_factory=dict)
    last: list[LastRun] = field(default_factory=list)
    waiting: Waiting = Waiting()
    alerts: dict[Severity, int] = field(default_factory=dict)
    backups: Kept = Kept()
    seen: Observation | None = None
    paused_since: datetime | None = None
