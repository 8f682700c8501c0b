"""A run that is called off before the switch ends within a second, wherever it is."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any

import structlog

from pipeline.cancelling import end, pass_on_cancellation
from pipeline.engine import ending
from pipeline.engine.ending import Ending, StageError
from pipeline.model.errors import RunCancelled
from pipeline.model.run import Cancellation, Run
from pipeline.model.states import ApprovalState, RunState, StageName
from pipeline.stages.journey import Parts
from pipeline.store.connect import LOST

_LOOK_SECONDS = 1.0
_CLEAN_UP_SECONDS = 6.0  # a command that is under way is given five to end

log = structlog.get_logger()


async def unless_called_off(
    parts: Parts, run: Run, first: StageName, acting: Coroutine[Any, Any, Ending]
) -> Ending:
    """How the run ends: as `acting` ends it, or by being cancelled, which ends that and what it started.

    The journal lets no run be cancelled once it touches production, and none touch it once it is cancelled.
    """
    watch = asyncio.create_task(_called_off(parts, run))
    act = asyncio.create_task(acting)
    try:
        await asyncio.wait({act, watch}, return_when=asyncio.FIRST_COMPLETED)
        if not act.done():
            await end([act], again=_CLEAN_UP_SECONDS)
            if act.cancelled() or act.result().state is not RunState.SUCCEEDED:
                return await _cancelled(parts, run, first, watch.result())
        how = act.result()
    finally:
        await _end([act, watch])
    if how.state is RunState.CANCELLED and (told := await parts.store.runs.cancellation(run.id)):
        await _close_plan(parts, run, told)
    return how


async def _end(tasks: Sequence[asyncio.Task[Any]]) -> None:
    """Until each has ended, also where this is cancelled meanwhile: they are then cancelled once more."""
    cut: asyncio.CancelledError | None = None
    while not all(task.done() for task in tasks):
        try:
            await end(tasks, again=_CLEAN_UP_SECONDS)
        except asyncio.CancelledError as error:
            cut = error
    if cut is not None:
        raise cut


async def _called_off(parts: Parts, run: Run) -> Cancellation:
    """Returns once somebody has cancelled the run."""
    async with parts.store.news.subscribe() as news:
        while True:
            try:
                if found := await parts.store.runs.cancellation(run.id):
                    return found
            except LOST as error:
                pass_on_cancellation()
                log.warning("cancellation_not_read", run=run.id, problem=str(error))
            await news.wait(_LOOK_SECONDS)


async def _cancelled(parts: Parts, run: Run, first: StageName, told: Cancellation) -> Ending:
    log.info("run_cancelled", run=run.id, by=told.by)
    view = await parts.store.runs.view(run.id)
    await _close_plan(parts, run, told)
    at = view.current.name if view.current else first
    return ending.untouched(StageError(at, RunCancelled(told.by)))


async def _close_plan(parts: Parts, run: Run, told: Cancellation) -> None:
    """A plan that waits counts as rejected by who cancelled; one that was approved is void."""
    approval = await parts.store.approvals.of_run(run.id)
    if approval is None:
        return
    if not await parts.store.approvals.answer(approval.nonce, ApprovalState.REJECTED, told.by):
        await parts.store.approvals.close(approval.id, run.epoch, ApprovalState.VOIDED)
