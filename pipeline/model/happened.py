"""What happened in the time that a digest tells of."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pipeline.model.release import RunId
from pipeline.model.states import RunKind, RunState


@dataclass(frozen=True, kw_only=True)
class Tally:
    """How many runs of a kind ended so."""

    kind: RunKind
    state: RunState
    count: int


@dataclass(frozen=True, kw_only=True)
class BadEnd:
    """A run that failed; `stage` is where, in the journal's word."""

    id: RunId
    kind: RunKind
    state: RunState
    sha: str | None
    stage: str | None
    finished_at: datetime


@dataclass(frozen=True, kw_only=True)
class Happened:
    """`bad` and `deployed` (commits) are newest first, and only the newest. Of alerts those count that began
    or lasted in the time, of backups the good ones; `bytes_before` is the size of the newest from before."""

    runs: list[Tally] = field(default_factory=list)
    bad: list[BadEnd] = field(default_factory=list)
    deployed: list[str] = field(default_factory=list)
    alerts: int = 0
    critical: int = 0
    longest: timedelta | None = None
    longest_title: str = ""
    backups: int = 0
    bytes_before: int | None = None

    def count(self, kind: RunKind, *states: RunState) -> int:
        return sum(each.count for each in self.runs if each.kind is kind and each.state in states)
