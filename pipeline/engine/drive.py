"""Drives one run down its road, from its beginning or from where an executor that is gone left it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

import structlog

from pipeline.cancelling import pass_on_cancellation
from pipeline.containers.copies import remove_copy
from pipeline.containers.engine import EngineUnreachable
from pipeline.containers.networks import remove_networks
from pipeline.engine import ending
from pipeline.engine.calling_off import unless_called_off
from pipeline.engine.disk import DiskJournal
from pipeline.engine.driver import HELPER_SECONDS, Driver, told
from pipeline.engine.ending import Ending, StageError
from pipeline.engine.for_chat import keep_for_chat
from pipeline.engine.handing_over.giving_back import give_back, why_back
from pipeline.engine.keeping import keep_log
from pipeline.engine.lines import Lines
from pipeline.engine.lock import Lock
from pipeline.engine.record import Record
from pipeline.engine.resume import resume
from pipeline.engine.road import road
from pipeline.model.errors import PipelineError
from pipeline.model.hand_over import ONE_OFFS, Carrier
from pipeline.model.release import Project, Release, RunId
from pipeline.model.results import Result, Tagged
from pipeline.model.run import Run, RunView
from pipeline.model.states import ENDED_BADLY, TOUCHING, RunKind, RunState, StageName, StageState
from pipeline.of_project import CONTROLLER
from pipeline.stages import carriers
from pipeline.stages.journey import Journey, Parts
from pipeline.stages.live import adopt, settle_tags
from pipeline.stages.prepare import tidy
from pipeline.stages.report import written
from pipeline.store.connect import LOST

T = TypeVar("T")

log = structlog.get_logger()


async def drive(parts: Parts, run_id: RunId, lock: Lock) -> None:
    """Takes the run over and carries it to its end, from wherever an earlier executor left it.

    Raises StaleEpoch when another executor has taken over, and errors of the journal; the run can then be
    driven again.
    """
    run = await parts.store.runs.claim(run_id)
    if run is None:
        return
    log.info("run_claimed", run=run.id, kind=run.kind, epoch=run.epoch)
    record = Record(parts.store.runs, run, DiskJournal(parts.layout.unwritten(run.id), parts.layout.project))
    log_file = parts.layout.reports(run.id) / "run.log"
    lines = Lines(parts.store.runs, run, log_file, parts.redact, parts.clock)
    async with lines:
        how = ending.redacted(await _carry(parts, run, lines, record, lock), parts.redact)
        await leave_tidy(parts, run, how)
    if how.state in ENDED_BADLY:
        await keep_log(parts.store.logs, run, log_file)
    if parts.settings.backup_to_chat:
        await keep_for_chat(parts.store, run)
    await record.finish(how.state, how.code, how.failure)
    lock.file.tell(None)
    log.info("run_finished", run=run.id, state=how.state, code=int(how.code))


async def _carry(parts: Parts, run: Run, lines: Lines, record: Record, lock: Lock) -> Ending:
    rows = (await parts.store.runs.view(run.id)).stages
    groups = await _lay(parts, run, {row.name: row.result for row in rows if row.result is not None})
    await record.catch_up()
    travelling = _travel(parts, run, groups, lines, record, lock)
    return await unless_called_off(parts, run, groups[0][0], travelling)


async def _lay(parts: Parts, run: Run, results: Mapping[StageName, Result]) -> list[list[StageName]]:
    """The road, as the results so far have it: a rollback may find that it has to take the schema down."""
    tagged = results.get(StageName.TAG)
    down = isinstance(tagged, Tagged) and tagged.down_to is not None
    itself = parts.settings.project_name == CONTROLLER
    groups = road(run.kind, side_by_side=parts.settings.side_by_side, down=down, itself=itself)
    await parts.store.runs.lay(run.id, run.epoch, [name for group in groups for name in group])
    return groups


async def _travel(
    parts: Parts, run: Run, groups: list[list[StageName]], lines: Lines, record: Record, lock: Lock
) -> Ending:
    view = await parts.store.runs.view(run.id)
    touched = any(row.started_at for row in view.stages if row.name in TOUCHING)
    touched = touched or parts.carrier is not Carrier.WORKER
    try:
        journey = await _begin(parts, run, view)
    except StageError as failed:
        return ending.untouched(failed, run.kind)
    driver = Driver(journey, lines, record, lock, touched=touched)
    if run.state is RunState.REVERTING:
        return await driver.back(await why_back(parts, run) or _what_failed(view))
    try:
        if run.epoch > 1:
            left = await resume(journey, view, record, lines)
            if left is not None:
                return left
        if run.kind is RunKind.ROLLBACK and StageName.TAG not in journey.results:
            await driver.go(groups[0])
            groups = await _lay(parts, run, journey.results)
        for group in groups:
            await driver.go([name for name in group if name not in journey.results])
    except StageError as failed:
        if not driver.touched:
            return ending.untouched(failed, run.kind)
        if parts.carrier is Carrier.HAND_OVER:
            await give_back(journey, failed, record)
        await record.move(RunState.REVERTING)
        return await driver.back(failed)
    return ending.SUCCEEDED


async def _begin(parts: Parts, run: Run, view: RunView) -> Journey:
    """The run with what its earlier executor left; the live release is the one from its beginning."""
    project = await parts.store.releases.project_by_id(run.project_id)
    first = road(run.kind, side_by_side=True)[0][0]
    if run.live_release_id is not None:
        live = await parts.store.releases.get(run.live_release_id)
    elif any(row.started_at for row in view.stages):
        live = None
    else:
        live = await _serving(parts, project, run, first)
        project = await parts.store.releases.project_by_id(run.project_id)
        if live:
            await parts.store.runs.note(run.id, run.epoch, live=live.id)
    results = {row.name: row.result for row in view.stages if row.result is not None}
    return Journey(
        parts=parts,
        run=run,
        project=project,
        live=live,
        stage=first,
        results=results,
        tell=lambda _: None,
        show=lambda _: None,
        log=lambda _: None,
    )


async def _serving(parts: Parts, project: Project, run: Run, first: StageName) -> Release | None:
    """What serves as the run begins. Raises StageError for the first stage where that cannot be told."""
    try:
        return await _once_more(parts, lambda: adopt(parts, project, run))
    except LOST:
        raise
    except Exception as problem:
        pass_on_cancellation()
        raise StageError(first, told(problem)) from problem


async def _once_more(parts: Parts, work: Callable[[], Awaitable[T]]) -> T:
    """Does it again where the Docker daemon was away and came back."""
    try:
        return await work()
    except EngineUnreachable:
        await parts.engine.back(HELPER_SECONDS)
        return await work()


def _what_failed(view: RunView) -> StageError:
    """The failure that an executor which is gone was reverting."""
    failed = next((row for row in view.stages if row.state is StageState.FAILED), None)
    name = failed.name if failed else StageName.START
    return StageError(
        name,
        PipelineError(
            f"Stage {name} failed{': ' + failed.last_line if failed and failed.last_line else ''}.",
            advice="See the run's log; mend it, push, and deploy again.",
        ),
    )


async def leave_tidy(parts: Parts, run: Run, how: Ending) -> None:
    """Nothing of the run stays behind; that it does may not keep its end from being told."""
    try:
        if how.state is not RunState.SUCCEEDED:
            await settle_tags(parts, run.project_id)
            if run.kind.swaps:
                await tidy(parts, await parts.store.runs.view(run.id))
            view = await parts.store.runs.view(run.id)
            ended = view.ended(how.state, how.code, how.failure, parts.clock())
            await written(parts, ended)
    except (PipelineError, *LOST) as error:
        pass_on_cancellation()
        log.warning("run_left_untidy", run=run.id, problem=str(error))
    at_work = parts.carrier is not Carrier.WORKER  # they remove themselves once the end is told
    kept = frozenset(carriers.name_of(parts, run.id, one) for one in ONE_OFFS if at_work)
    try:
        await _once_more(parts, lambda: parts.engine.remove_one_offs(parts.compose.project, run.id, kept))
        if run.kind is RunKind.ROLLBACK_DRILL:
            await _once_more(parts, lambda: remove_copy(parts.engine, parts.compose.project, run.id))
        await _once_more(parts, lambda: remove_networks(parts.engine, parts.compose.project, run.id))
    except PipelineError as error:
        log.warning("one_offs_left", run=run.id, problem=str(error))
    await asyncio.to_thread(shutil.rmtree, parts.layout.work(run.id), ignore_errors=True)
