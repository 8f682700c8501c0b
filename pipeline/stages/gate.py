"""Where a plan waits: until Master answers, its time is over, or it no longer fits what is there."""

from __future__ import annotations

import asyncio
from functools import partial

import structlog

from pipeline.cancelling import end, pass_on_cancellation
from pipeline.model.errors import PlanSuperseded, PlanVoided
from pipeline.model.plan import Approval
from pipeline.model.states import ApprovalState
from pipeline.stages.fitting import no_longer_fits
from pipeline.stages.journey import Journey
from pipeline.store.connect import LOST

_LOOK_SECONDS = 5.0

log = structlog.get_logger()


async def waited(journey: Journey, approval: Approval) -> Approval:
    """With its answer, or expired. Raises PlanVoided as soon as it no longer fits what is there."""
    watch = asyncio.create_task(no_longer_fits(journey, approval.plan), name="plan-watch")
    answer = asyncio.create_task(_answered(journey, approval), name="plan-answer")
    try:
        await asyncio.wait({watch, answer}, return_when=asyncio.FIRST_COMPLETED)
        if answer.done():
            return answer.result()
        moved = watch.result()
    finally:
        await end([watch, answer])
    if not await void(journey, approval, moved):
        return await _again(journey)
    raise moved


async def _answered(journey: Journey, approval: Approval) -> Approval:
    """However often PostgreSQL goes away meanwhile: an answer is in the journal, and so is its expiry."""
    parts = journey.parts
    async with parts.store.news.subscribe() as news:
        while approval.state is ApprovalState.PENDING:
            left = (approval.expires_at - parts.clock()).total_seconds()
            if left > 0:
                journey.tell("waits for your answer")
                await news.wait(min(left, _LOOK_SECONDS))
            try:
                if left <= 0:
                    await parts.store.approvals.close(
                        approval.id, journey.run.epoch, ApprovalState.EXPIRED, expiry=approval.expires_at
                    )
                approval = await _again(journey)
            except LOST as error:
                pass_on_cancellation()
                log.warning("answer_not_read", run=journey.run.id, problem=str(error))
                await news.wait(_LOOK_SECONDS)
    return approval


async def void(journey: Journey, approval: Approval, why: PlanVoided) -> bool:
    """False where Master's no, or the expiry, came first."""
    close = partial(journey.parts.store.approvals.close, approval.id, journey.run.epoch)
    said = journey.parts.redact(why.what)
    if isinstance(why, PlanSuperseded):
        return await close(ApprovalState.SUPERSEDED, what_changed=said, newer=why.newer)
    return await close(ApprovalState.VOIDED, what_changed=said)


async def _again(journey: Journey) -> Approval:
    approval = await journey.parts.store.approvals.of_run(journey.run.id)
    if approval is None:
        raise LookupError(f"the approval of run {journey.run.id} is gone")
    return approval
