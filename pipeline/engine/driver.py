"""Carries single stages out: intent before, result after, and again where a helper went away meanwhile."""

from __future__ import annotations

import asyncio
import errno
from dataclasses import replace

import structlog

from pipeline.cancelling import end, pass_on_cancellation
from pipeline.chaos import Point
from pipeline.containers.attended import attended
from pipeline.containers.engine import EngineUnreachable
from pipeline.database.client import find_client
from pipeline.engine import ending
from pipeline.engine.crossing import cross
from pipeline.engine.ending import Ending, StageError
from pipeline.engine.lines import Lines
from pipeline.engine.lock import Lock
from pipeline.engine.record import Record
from pipeline.engine.road import stage
from pipeline.model.errors import PipelineError, PlanVoided, RunCancelled, StaleEpoch
from pipeline.model.release import BackupId, Release
from pipeline.model.results import BackedUp, Migrated, Prepared, Result, Reverted, Tagged
from pipeline.model.states import TOUCHING, StageName, StageState
from pipeline.stages.approve import NotApproved
from pipeline.stages.journey import Journey
from pipeline.stages.live import containers
from pipeline.store.connect import GONE, NO_ROOM, JournalUnreachable

TRIES = 3
HELPER_SECONDS = 120.0
"""How long a Docker daemon that went away is waited for before the stage fails."""

_DISK_REFUSES = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO})

log = structlog.get_logger()


class Driver:
    """`touched` tells whether production may have been changed by the run, now or by an earlier executor."""

    def __init__(self, journey: Journey, lines: Lines, record: Record, lock: Lock, *, touched: bool) -> None:
        self._journey = journey
        self._lines = lines
        self._record = record
        self._lock = lock
        self._goal: Release | None = None
        self._takes_journal_down: bool | None = None
        self._at_work: list[StageName] = []
        self.touched = touched

    async def go(self, names: list[StageName]) -> None:
        """Carries out stages that need nothing of each other; the first that fails stops the others.

        Raises StageError.
        """
        tasks = [asyncio.create_task(self._stage(name), name=name) for name in names]
        try:
            for task in asyncio.as_completed(tasks):
                await task
        finally:
            await end(tasks)

    async def back(self, failed: StageError) -> Ending:
        """Brings back the release that was live when the run began."""
        try:
            await self._stage(StageName.REVERT)
        except StageError as error:
            return ending.broken(failed, error, self._journey.live, self._where_the_data_is())
        live = self._journey.live
        if live is None:
            raise LookupError("a revert went well without a release to go back to")
        if self._journey.run.kind.swaps:
            return ending.put_back(failed, live, self._journey.run.kind)
        if self._goes_down:
            up_to = self._journey.result(StageName.REVERT, Reverted).up_to
            return ending.up_again(failed, live, up_to, self._backup)
        migrated = self._journey.found(StageName.MIGRATE, Migrated)
        moved = migrated.after if migrated and migrated.before != migrated.after else None
        return ending.reverted(failed, live, moved)

    @property
    def _goes_down(self) -> bool:
        tagged = self._journey.found(StageName.TAG, Tagged)
        return tagged is not None and tagged.down_to is not None

    @property
    def _backup(self) -> BackupId | None:
        made = self._journey.found(StageName.BACKUP, BackedUp)
        return made.backup_id if made else None

    def _where_the_data_is(self) -> str:
        prepared = self._journey.found(StageName.PREPARE, Prepared)
        if prepared is None:
            return ending.before_the_down_migration(self._backup) if self._goes_down else ""
        name = self._journey.parts.settings.db_name
        return (
            f" The data from before is whole: in database {prepared.kept_as}, or in {name} where"
            " there is none of that name."
        )

    async def _stage(self, name: StageName) -> None:
        """Raises StageError, and StaleEpoch where another executor has taken over."""
        if name in TOUCHING and not self.touched:
            await self._cross(name)
        for attempt in range(1, TRIES + 1):
            mine = await self._begin(name, attempt)
            try:
                result = await self._attempt(mine, again=attempt < TRIES)
            except PipelineError as error:
                if isinstance(error, StaleEpoch):
                    raise
                mine.tell(error.what)
                await self._record.end(name, StageState.FAILED, None)
                self._tell_holder(name, at_work=False)
                raise StageError(name, error) from error
            if result is not None:
                break
        else:
            raise LookupError(f"{name} was tried {TRIES} times and did not end")
        await self._reach(name, Point.ACTED)
        await self._record.end(name, StageState.SUCCEEDED, result)
        self._tell_holder(name, at_work=False)
        await self._reach(name, Point.RECORDED)
        self._journey.results[name] = result

    async def _cross(self, name: StageName) -> None:
        """Raises StageError where the run was cancelled: production was not touched then."""
        try:
            await cross(self._journey, self._record, name, self._lines.logger(name))
        except RunCancelled as error:
            raise StageError(name, error) from error
        self.touched = True

    async def _begin(self, name: StageName, attempt: int) -> Journey:
        """Intent is in the journal when it returns."""
        journey = self._journey
        runs, run = journey.parts.store.runs, journey.run
        await self._reach(name, Point.BEFORE)
        switching = name in TOUCHING or name is StageName.REVERT
        if switching and self._takes_journal_down is None:
            self._takes_journal_down = await self._looked_before_the_switch()
        self._record.carried = switching and bool(self._takes_journal_down)
        await self._record.begin(name)
        self._tell_holder(name, at_work=True)
        await self._reach(name, Point.INTENDED)
        again = (run.epoch > 1 or attempt > 1) and not self._record.carried
        return replace(
            journey,
            stage=name,
            marks=await runs.marks(run.id, name) if again else {},
            known_goal=self._goal,
            tell=self._lines.teller(name),
            show=self._lines.shower(name),
            log=self._lines.logger(name),
        )

    def _tell_holder(self, name: StageName, *, at_work: bool) -> None:
        """Lets whoever wants the lock read at which stages the run is."""
        run = self._journey.run
        self._at_work = [
            *(other for other in self._at_work if other is not name),
            *([name] if at_work else []),
        ]
        stages = f" at stage {', '.join(self._at_work)}" if self._at_work else ""
        self._lock.file.tell(f"run {run.id} ({run.kind}){stages}")

    async def _looked_before_the_switch(self) -> bool:
        """Whether the switch takes the journal's own PostgreSQL down; the goal is then known beforehand."""
        parts = self._journey.parts
        if StageName.TAG in self._journey.results:
            self._goal = await self._journey.goal()
        client = await find_client(parts.engine, parts.settings.journal, parts.database_project)
        group = {container.id for container in await containers(parts)}
        return client.server is not None and client.server.id in group

    async def _attempt(self, mine: Journey, *, again: bool) -> Result | None:
        """The result; None where a helper went away meanwhile and the stage is to be done `again`.

        Raises PipelineError where the stage failed.
        """
        engine, losses = mine.parts.engine, self._lock.losses
        async with attended(engine) as daemon:
            try:
                return await stage(mine.run.kind, mine.stage)(mine)
            except Exception as problem:
                pass_on_cancellation()
                if isinstance(problem, (StaleEpoch, NotApproved, PlanVoided)):
                    raise
                docker = isinstance(problem, EngineUnreachable) or await daemon.lost()
                postgres = self._lock.losses > losses or _is_lost(problem)
                if not again or not (docker or postgres):
                    raise told(problem) from problem
                away = "Docker" if docker else "PostgreSQL"
                log.warning("stage_again", run=mine.run.id, stage=mine.stage, away=away, problem=str(problem))
                mine.tell(f"{away} went away; this stage is done again once it is back")
        if docker:
            await engine.back(HELPER_SECONDS)
        return None

    async def _reach(self, name: StageName, point: Point) -> None:
        if reach := self._journey.parts.reach:
            await reach(self._journey.run.id, name, point)


def _is_lost(problem: Exception) -> bool:
    return isinstance(problem, JournalUnreachable) or (
        isinstance(problem, GONE) and not _of_the_disk(problem)
    )


def _of_the_disk(problem: Exception) -> bool:
    """Whether the worker's own disk refused, which trying again does not mend. PostgreSQL that is away
    raises the same class of error, but never with a file's name or one of these numbers."""
    if not isinstance(problem, OSError):
        return False
    return problem.filename is not None or problem.errno in _DISK_REFUSES


def told(problem: Exception) -> PipelineError:
    """The error as people are told it; one that nobody foresaw is logged whole and ends the stage too."""
    if isinstance(problem, PipelineError):
        return problem
    if _of_the_disk(problem):
        return PipelineError(
            f"The worker's disk refused: {problem}.",
            advice="See that STATE_DIR is writable and has room, then ask again.",
        )
    if isinstance(problem, NO_ROOM):
        return PipelineError(
            f"PostgreSQL has no room: {problem}.",
            advice="Make room on the disk of PostgreSQL, then ask again.",
        )
    if isinstance(problem, GONE):
        return PipelineError(
            f"PostgreSQL went away each of {TRIES} times: {type(problem).__name__}: {problem}.",
            advice="See that PostgreSQL stays up, then ask again.",
        )
    log.error("stage_broke", problem=repr(problem), exc_info=problem)
    return PipelineError(
        f"An unforeseen error: {type(problem).__name__}: {problem}.",
        advice="This is a fault of the controller: please report it with the worker's log.",
    )
