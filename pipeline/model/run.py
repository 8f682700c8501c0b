"""A run and its stages as the journal tells them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from pipeline.model.release import ProjectId, ReleaseId, RunId
from pipeline.model.results import Result
from pipeline.model.states import TOUCHING, ExitCode, RunKind, RunState, Source, StageName, StageState

_TOUCHED_BY = TOUCHING | {StageName.REVERT}

UNDO = "undo"
"""As the target of a restore: the database of before the newest restore or rewind comes back."""


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Why a run ended badly: the three sentences, the stage, and the last lines of output."""

    stage: StageName | None
    what: str
    production: str
    advice: str
    log: str = ""


@dataclass(frozen=True, kw_only=True)
class Run:
    """`target` is what was asked for: a branch, a SHA, a release id, a backup's id, or None for the
    watched branch. `switching_at` is when it was about to touch production, `cancelled_by` who called it off:
    never both."""

    id: RunId
    project_id: ProjectId
    kind: RunKind
    state: RunState
    source: Source
    requested_by: str
    requested_at: datetime
    target: str | None
    branch: str | None
    sha: str | None
    live_release_id: ReleaseId | None
    release_id: ReleaseId | None
    epoch: int
    exit_code: ExitCode | None
    failure: Failure | None
    started_at: datetime | None
    finished_at: datetime | None
    switching_at: datetime | None = None
    cancelled_by: str | None = None


@dataclass(frozen=True, kw_only=True)
class StageRow:
    """`last_line` is the newest line of output or progress of a stage that runs, or what one that did not
    begin waits for."""

    name: StageName
    position: int
    state: StageState
    started_at: datetime | None
    finished_at: datetime | None
    last_line: str | None
    result: Result | None

    @property
    def waits(self) -> bool:
        """Whether it has told what it waits for before it begins."""
        return self.state is StageState.PENDING and bool(self.last_line)

    @property
    def took(self) -> timedelta | None:
        if self.started_at is None or self.finished_at is None:
            return None
        return self.finished_at - self.started_at


@dataclass(frozen=True, kw_only=True)
class Cancellation:
    """Who called a run off, and when."""

    by: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class RunView:
    """A run with its stages in order: what cards and reports are made from."""

    run: Run
    project: str
    stages: list[StageRow]

    def stage(self, name: StageName) -> StageRow | None:
        return next((stage for stage in self.stages if stage.name is name), None)

    @property
    def current(self) -> StageRow | None:
        """The stage that runs, or else that which waits to begin."""
        running = (stage for stage in self.stages if stage.state is StageState.RUNNING)
        return next(running, None) or next((stage for stage in self.stages if stage.waits), None)

    @property
    def downtime(self) -> timedelta | None:
        """From the stop of the services until a release served again, be it the one from before."""
        stop = self.stage(StageName.STOP)
        back = self.stage(StageName.REVERT) or self.stage(StageName.WAIT)
        if stop is None or back is None or stop.started_at is None or back.state is not StageState.SUCCEEDED:
            return None
        return back.finished_at - stop.started_at if back.finished_at else None

    @property
    def touched(self) -> bool:
        """A stage that changes production has begun."""
        return any(row.started_at and row.name in _TOUCHED_BY for row in self.stages)

    @property
    def serves(self) -> Literal["before", "goal"] | None:
        """What the run left in production once it has ended; None where it has not, or nobody can know."""
        match self.run.state:
            case RunState.SUCCEEDED:
                return "goal" if self.touched else "before"
            case RunState.BROKEN:
                return None
            case RunState.REVERTED:
                return "before"
            case state if state.final and not self.touched:
                return "before"
        return None

    def ended(self, state: RunState, code: ExitCode, failure: Failure | None, at: datetime) -> RunView:
        """The same view as it will read once this ending is written."""
        run = replace(self.run, state=state, exit_code=code, failure=failure, finished_at=at)
        open_ones = {StageState.PENDING, StageState.RUNNING}
        closed = StageState.SUCCEEDED if state is RunState.SUCCEEDED else StageState.SKIPPED
        stages = [replace(row, state=closed) if row.state in open_ones else row for row in self.stages]
        return replace(self, run=run, stages=stages)
