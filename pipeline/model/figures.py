"""What the journal tells of production over time: the facts that figures are made from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from pipeline.model.release import ReleaseId, RunId
from pipeline.model.states import RunKind, RunState, Source, StageName


@dataclass(frozen=True, kw_only=True)
class Committed:
    """A commit that a deploy brought, and its commit time."""

    sha: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Change:
    """A run that touched production and ended. `began_at` is when it was about to touch it, `live_release_id`
    what served then. `commits` are those that a deploy brought, None where their times are not known."""

    run: RunId
    kind: RunKind
    state: RunState
    source: Source
    began_at: datetime
    ended_at: datetime
    live_release_id: ReleaseId | None
    release_id: ReleaseId | None
    commits: tuple[Committed, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """As long as a critical alert was open; `over_at` is None while it is."""

    began_at: datetime
    over_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class DeployPoint:
    """A deploy that went live at `at`: the seconds of each stage, those without service, its tests, and its
    coverage in percent."""

    at: datetime
    seconds: dict[StageName, float] = field(default_factory=dict)
    down: float | None = None
    tests: int | None = None
    coverage: float | None = None


@dataclass(frozen=True, kw_only=True)
class BackupPoint:
    at: datetime
    bytes: int


@dataclass(frozen=True, kw_only=True)
class Past:
    """All of a project's facts since some moment, the oldest first. `began_at` is when the journal first
    heard of a run, None before that."""

    began_at: datetime | None
    changes: list[Change] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    deploys: list[DeployPoint] = field(default_factory=list)
    backups: list[BackupPoint] = field(default_factory=list)
