"""The one use case behind every answer to a plan, by a button or by a command."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from aiogram.types import User

from bot.permission import Terms, may_answer
from bot.requests import ask
from pipeline.freeze import Freeze
from pipeline.model.errors import PipelineError
from pipeline.model.plan import Approval
from pipeline.model.release import Project, RunId
from pipeline.model.run import Run
from pipeline.model.states import ApprovalState, PushState, RunKind, Source
from pipeline.store.store import Store
from pipeline.wording.plan import freeze_holds, too_late

_CLOCKS = timedelta(seconds=3)  # Telegram's goes by whole seconds and is not ours


class NoPlan(PipelineError):
    """Nothing waits for that answer."""

    def __init__(self, what: str) -> None:
        super().__init__(what, advice="/status shows what runs.")


@dataclass(frozen=True, kw_only=True)
class Said:
    """`written` is when a command was: one that waited for a bot that was down is about no newer plan.
    `user` is the Telegram id, `code` proves the person; `reason` is why it is rejected, or approved
    `despite_freeze`."""

    by: str
    user: int
    answer: Literal[ApprovalState.APPROVED, ApprovalState.REJECTED]
    written: datetime | None = None
    code: str | None = None
    reason: str | None = None
    despite_freeze: bool = False


@dataclass(frozen=True)
class Told:
    """`counted`: whether the answer did. `alert`: it has to be read, for more is wanted."""

    text: str
    counted: bool
    alert: bool = False


async def answer_plan(
    store: Store, freeze: Freeze, terms: Terms, now: datetime, approval: Approval | None, said: Said
) -> Told:
    """Answering twice changes nothing; what is told says why."""
    if approval is None:
        return Told(too_late(None, now), False)
    if said.written is not None and said.written + _CLOCKS < approval.requested_at:
        return Told("That was written before this plan was made. Read it, then answer again.", False)
    if approval.state is not ApprovalState.PENDING or approval.expires_at <= now:
        return Told(too_late(approval, now), False)  # the journal, by its own clock, might still take it
    approves = said.answer is ApprovalState.APPROVED
    frozen = freeze.until(approval.plan.kind, now) if approves else None
    if frozen is not None and not said.despite_freeze:
        how = f"Approve despite freeze is on the card; or /approve {approval.run_id} override REASON."
        return Told(f"{freeze_holds(frozen)} {how}", False, alert=True)
    if approves:
        run = await store.runs.get(approval.run_id)
        if refusal := await may_answer(store, terms, run, said.user, said.code, now):
            return Told(refusal, False, alert=True)
    despite = frozen is not None
    answered = await store.approvals.answer(
        approval.nonce,
        said.answer,
        said.by,
        reason=said.reason if despite or not approves else None,
        despite_freeze=despite,
    )
    if answered is None:
        return Told(too_late(await store.approvals.by_nonce(approval.nonce), now), False)
    if not approves:
        return Told("Rejected. Nothing changed.", True)
    return Told("Approved despite the freeze." if despite else "Approved.", True)


async def plan_of(store: Store, project: Project, number: int | None) -> Approval:
    """The plan of that run, or the one that waits. Raises NoPlan."""
    if number is None:
        active = await store.runs.active(project.id)
        found = await store.approvals.of_run(active.id) if active else None
        if found is None or found.state is not ApprovalState.PENDING:
            raise NoPlan("No plan waits for an answer.")
        return found
    try:
        run = await store.runs.get(RunId(number))
    except LookupError:
        raise NoPlan(f"There is no run {number}.") from None
    if run.project_id != project.id:
        raise NoPlan(f"There is no run {number}.")
    found = await store.approvals.of_run(run.id)
    if found is None:
        raise NoPlan(f"Run {number} has no plan.")
    return found


async def plan_newer(store: Store, project: Project, approval: Approval, *, by: User) -> Run:
    """Asks, once, for a deploy of what superseded the plan. Raises ActiveRun."""
    key = f"newer:{approval.id}"
    if (known := await store.runs.asked_by(key)) is not None:
        return known
    branch = approval.plan.goal.branch or project.branch
    push = await store.pushes.newest(project.id, branch)
    if push is None or push.sha == approval.plan.goal.sha:
        target = None if branch == project.branch else branch
        return await ask(store, project, RunKind.DEPLOY, by=by, key=key, target=target)
    if push.state is PushState.DEPLOYED and push.run_id is not None:
        return await store.runs.get(push.run_id)
    run = await ask(store, project, RunKind.DEPLOY, by=by, key=key, target=push.sha, source=Source.PUSH)
    await store.pushes.answer(push.id, PushState.DEPLOYED, run.id)
    return run
