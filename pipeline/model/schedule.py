"""What begins by itself, and what became of its moments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from pipeline.model.pause import Pause
from pipeline.model.release import ProjectId, RunId
from pipeline.model.states import RunKind, RunState

DigestId = NewType("DigestId", int)
SchedulePauseId = NewType("SchedulePauseId", int)


class ScheduleName(StrEnum):
    BACKUP = "backup"
    DRILL = "drill"
    ROLLBACK_DRILL = "rollback-drill"
    DIGEST = "digest"

    @property
    def key(self) -> str:
        """The setting with its expression."""
        return f"{self.replace('-', '_').upper()}_CRON"


KIND_OF: dict[ScheduleName, RunKind] = {
    ScheduleName.BACKUP: RunKind.BACKUP,
    ScheduleName.DRILL: RunKind.DRILL,
    ScheduleName.ROLLBACK_DRILL: RunKind.ROLLBACK_DRILL,
}
"""Which run a schedule asks for; a digest is none."""


class Became(StrEnum):
    """What became of a moment. One that was left out may still come about, while it is made up for."""

    ASKED = "asked"  # a run was asked for
    TOLD = "told"  # a digest was made
    RESTED = "rested"  # in a pause
    LEFT_OUT = "left_out"  # something stood in the way for too long


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """As the bot runs with it. `expression` is one of pipeline.cron, in the time zone named `zone`; moments
    before `since` are not missed, for it was another one then."""

    name: ScheduleName
    expression: str
    zone: str
    since: datetime


@dataclass(frozen=True, kw_only=True)
class SchedulePause:
    """`ended_at` is None while it lasts."""

    id: SchedulePauseId
    project_id: ProjectId
    schedule: ScheduleName
    began_at: datetime
    began_by: str
    ended_at: datetime | None
    ended_by: str | None


@dataclass(frozen=True, kw_only=True)
class Moment:
    """`run_id` is the run that was asked for, `problem` what stood in the way."""

    schedule: ScheduleName
    at: datetime
    became: Became
    run_id: RunId | None
    problem: str | None


@dataclass(frozen=True, kw_only=True)
class Digest:
    """Tells of the time from `since` to `moment`."""

    id: DigestId
    project_id: ProjectId
    moment: datetime
    since: datetime


@dataclass(frozen=True, kw_only=True)
class LastRun:
    """`at` is when it ended, or was asked for where it has not."""

    id: RunId
    state: RunState
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Scheduled:
    """A schedule as it stands. `next_at` is None where it is off. `last` is the newest run of its kind, by
    whomever; a digest has `told` instead. `moment` is the newest that came, with what became of it."""

    schedule: Schedule
    next_at: datetime | None
    paused: SchedulePause | None = None
    last: LastRun | None = None
    told: Digest | None = None
    moment: Moment | None = None

    @property
    def name(self) -> ScheduleName:
        return self.schedule.name

    @property
    def kind(self) -> RunKind | None:
        return KIND_OF.get(self.name)


@dataclass(frozen=True, kw_only=True)
class Timetable:
    """All of a project, in the order of their names; `paused` is a pause of everything."""

    each: list[Scheduled]
    paused: Pause | None = None
