"""Drives one run down its road: intent before each stage, result after, and the way back on a failure."""

from __future__ import annotations

import asyncio
import errno
import shutil

import structlog

from pipeline.cancelling import end, pass_on_cancellation
from pipeline.engine import ending
from pipeline.engine.ending import Ending, StageError
from pipeline.engine.lines import Lines
from pipeline.engine.road import TOUCHING, road, stage
from pipeline.model.errors import PipelineError, StaleEpoch
from pipeline.model.release import Project, Release, RunId
from pipeline.model.results import Migrated
from pipeline.model.run import Run
from pipeline.model.states import RunState, StageName, StageState
from pipeline.report import files
from pipeline.stages.journey import Journey, Parts
from pipeline.stages.live import adopt, settle_tags
from pipeline.store.connect import LOST

_DISK_REFUSES = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO})

log = structlog.get_logger()


async def drive(parts: Parts, run_id: RunId) -> None:
    """Takes the run over and carries it to its end, from wherever an earlier executor left it.

    Stages that succeeded are not done again; the one that was cut is. Raises StaleEpoch when another
    executor has taken over, and errors of the journal; the run can then be driven again.
    """
    run = await parts.store.runs.claim(run_id)
    if run is None:
        return
    log.info("run_claimed", run=run.id, kind=run.kind, epoch=run.epoch)
    lines = Lines(parts.store.runs, run, parts.layout.reports(run.id) / "run.log", parts.redact, parts.clock)
    async with lines:
        how = await _carry(parts, run, lines)
    await _finish(parts, run, how)


async def _carry(parts: Parts, run: Run, lines: Lines) -> Ending:
    groups = road(run.kind, side_by_side=parts.settings.side_by_side)
    await parts.store.runs.lay(run.id, [name for group in groups for name in group])
    try:
        journey = await _begin(parts, run)
    except StageError as failed:
        return ending.untouched(failed)
    driver = _Driver(journey, lines)
    if run.state is RunState.REVERTING:
        return await driver.back(await _what_failed(parts, run))
    try:
        for group in groups:
            await driver.go([name for name in group if name not in journey.results])
    except StageError as failed:
        if not driver.touched:
            return ending.untouched(failed)
        await parts.store.runs.move(run.id, run.epoch, RunState.REVERTING)
        return await driver.back(failed)
    return ending.SUCCEEDED


async def _begin(parts: Parts, run: Run) -> Journey:
    """The run with what its earlier executor left; the live release is the one from its beginning."""
    project = await parts.store.releases.project_by_id(run.project_id)
    view = await parts.store.runs.view(run.id)
    if run.live_release_id is not None:
        live = await parts.store.releases.get(run.live_release_id)
    elif any(row.started_at for row in view.stages):
        live = None
    else:
        live = await _serving(parts, project, road(run.kind, side_by_side=True)[0][0])
        project = await parts.store.releases.project_by_id(run.project_id)
        if live:
            await parts.store.runs.note(run.id, run.epoch, live=live.id)
    results = {row.name: row.result for row in view.stages if row.result is not None}
    return Journey(parts=parts, run=run, project=project, live=live, results=results, tell=lambda _: None)


async def _serving(parts: Parts, project: Project, first: StageName) -> Release | None:
    """What serves as the run begins. Raises StageError for the first stage where that cannot be told."""
    try:
        return await adopt(parts, project)
    except LOST:
        raise
    except Exception as problem:
        pass_on_cancellation()
        raise StageError(first, _told(problem)) from problem


async def _what_failed(parts: Parts, run: Run) -> StageError:
    """The failure that an executor which is gone was reverting."""
    view = await parts.store.runs.view(run.id)
    failed = next((row for row in view.stages if row.state is StageState.FAILED), None)
    name = failed.name if failed else StageName.START
    return StageError(
        name,
        PipelineError(
            f"Stage {name} failed{': ' + failed.last_line if failed and failed.last_line else ''}.",
            advice="See the run's log; mend it, push, and deploy again.",
        ),
    )


class _Driver:
    def __init__(self, journey: Journey, lines: Lines) -> None:
        self._journey = journey
        self._lines = lines
        self.touched = bool(TOUCHING & journey.results.keys())

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
            return ending.broken(failed, error, self._journey.live)
        live = self._journey.live
        if live is None:
            raise LookupError("a revert went well without a release to go back to")
        migrated = self._journey.found(StageName.MIGRATE, Migrated)
        moved = migrated.after if migrated and migrated.before != migrated.after else None
        return ending.reverted(failed, live, moved)

    async def _stage(self, name: StageName) -> None:
        journey = self._journey
        runs, run = journey.parts.store.runs, journey.run
        if name in TOUCHING:
            self.touched = True
        await runs.begin(run.id, run.epoch, name, position=len(StageName))
        mine = Journey(
            parts=journey.parts,
            run=run,
            project=journey.project,
            live=journey.live,
            results=journey.results,
            tell=self._lines.teller(name),
        )
        try:
            result = await stage(run.kind, name)(mine)
        except Exception as problem:
            pass_on_cancellation()
            if isinstance(problem, (StaleEpoch, *LOST)) and not _of_the_disk(problem):
                raise
            error = _told(problem)
            mine.tell(error.what)
            await runs.end(run.id, run.epoch, name, StageState.FAILED, None)
            raise StageError(name, error) from problem
        await runs.end(run.id, run.epoch, name, StageState.SUCCEEDED, result)
        journey.results[name] = result


def _of_the_disk(problem: Exception) -> bool:
    """Whether the worker's own disk refused, which trying again does not mend. PostgreSQL that is away
    raises the same class of error, but never with a file's name or one of these numbers."""
    if not isinstance(problem, OSError):
        return False
    return problem.filename is not None or problem.errno in _DISK_REFUSES


def _told(problem: Exception) -> PipelineError:
    """The error as people are told it; one that nobody foresaw is logged whole and ends the stage too."""
    if isinstance(problem, PipelineError):
        return problem
    if _of_the_disk(problem):
        return PipelineError(
            f"The worker's disk refused: {problem}.",
            advice="See that STATE_DIR is writable and has room, then ask again.",
        )
    log.error("stage_broke", problem=repr(problem), exc_info=problem)
    return PipelineError(
        f"An unforeseen error: {type(problem).__name__}: {problem}.",
        advice="This is a fault of the controller: please report it with the worker's log.",
    )


async def _finish(parts: Parts, run: Run, how: Ending) -> None:
    if how.state is not RunState.SUCCEEDED:
        await _leave_tidy(parts, run, how)
    await asyncio.to_thread(shutil.rmtree, parts.layout.work(run.id), ignore_errors=True)
    await parts.store.runs.finish(run.id, run.epoch, how.state, how.code, how.failure)
    log.info("run_finished", run=run.id, state=how.state, code=int(how.code))


async def _leave_tidy(parts: Parts, run: Run, how: Ending) -> None:
    """Tags and report of a run that did not succeed; neither may keep its end from being told."""
    view = await parts.store.runs.view(run.id)
    try:
        await settle_tags(parts, run.project_id)
        ended = view.ended(how.state, how.code, how.failure, parts.clock())
        await asyncio.to_thread(files.write, ended, parts.layout.reports(run.id))
    except (PipelineError, OSError) as error:
        log.warning("run_left_untidy", run=run.id, problem=str(error))
