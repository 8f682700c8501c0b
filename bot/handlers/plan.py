"""The buttons on the card of a plan, and on the message that reminds of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from aiogram import F, Router
from aiogram.types import CallbackQuery, User

from bot.answer import Answer, Document
from bot.answering import Said, answer_plan, plan_newer
from bot.auth import shown_name
from bot.callbacks import NewerTap, PlanTap, Verdict
from bot.cards.plan import details_card, is_whole
from bot.handlers.again import used_up
from bot.permission import Terms
from bot.requests import asked, refused_tap
from pipeline.freeze import Freeze
from pipeline.model.errors import PipelineError
from pipeline.model.plan import Approval
from pipeline.model.release import Project, RunId
from pipeline.model.states import ApprovalState
from pipeline.store.store import Store
from pipeline.wording.details import plan_details
from pipeline.wording.markup import line, plain
from pipeline.wording.plan import too_late
from pipeline.wording.words import KIND, clock


async def answered(
    _query: CallbackQuery,
    callback_data: PlanTap,
    event_from_user: User,
    store: Store,
    project: Project,
    freeze: Freeze,
    terms: Terms,
    now: Callable[[], datetime],
) -> Answer:
    approval = await _plan(store, project, callback_data)
    verdict = callback_data.verdict
    said = Said(
        by=shown_name(event_from_user),
        user=event_from_user.id,
        answer=ApprovalState.REJECTED if verdict is Verdict.REJECT else ApprovalState.APPROVED,
        despite_freeze=verdict is Verdict.DESPITE,
    )
    told = await answer_plan(store, freeze, terms, now(), approval, said)
    return Answer(toast=told.text, alert=told.alert, run=approval.run_id if approval else None)


async def later(
    _query: CallbackQuery,
    callback_data: PlanTap,
    event_from_user: User,
    store: Store,
    project: Project,
    now: Callable[[], datetime],
) -> Answer:
    found = await _plan(store, project, callback_data)
    by = shown_name(event_from_user)
    put_off = await store.approvals.postpone(found.nonce, by) if found else None
    if put_off is not None:
        return Answer(
            toast=f"It waits until {clock(put_off.expires_at)}; silence then means no.", run=put_off.run_id
        )
    found = await _plan(store, project, callback_data)
    if found and found.state is ApprovalState.PENDING and found.postponed_by and found.expires_at > now():
        return Answer(
            toast=f"Put off already by {found.postponed_by}: it waits until {clock(found.expires_at)}."
        )
    return Answer(toast=too_late(found, now()))


async def details(
    query: CallbackQuery,
    callback_data: PlanTap,
    store: Store,
    project: Project,
    now: Callable[[], datetime],
) -> Answer:
    approval = await _plan(store, project, callback_data)
    if approval is None:
        return Answer(toast=too_late(None, now()))
    text = plan_details(approval.plan)
    whole = None if is_whole(text) else _document(query, approval, text)
    return Answer(card=details_card(text), document=whole)


async def _plan(store: Store, project: Project, tap: PlanTap) -> Approval | None:
    """None where there is none of that nonce, or it is another project's."""
    found = await store.approvals.by_nonce(tap.nonce)
    return found if found is not None and found.plan.project == project.name else None


def _document(query: CallbackQuery, approval: Approval, text: str) -> Document:
    async def load() -> bytes:
        return plain(text).encode()

    async def sent() -> None:
        """Asked for again, it is sent again."""

    plan = approval.plan
    return Document(
        key=f"plan:{approval.id}",
        name=f"plan-of-run-{plan.run_id}.txt",
        caption=f"Plan of run {plan.run_id} · {KIND[plan.kind]} · {line(plan.project, 63)}",
        reply_to=query.message.message_id if query.message else None,
        load=load,
        sent=sent,
        where=f"vnext report {plan.run_id} on the server tells what the run found.",
    )


async def newer(
    _query: CallbackQuery, callback_data: NewerTap, event_from_user: User, store: Store, project: Project
) -> Answer:
    approval = await store.approvals.of_run(RunId(callback_data.run))
    run = await store.runs.get(approval.run_id) if approval else None
    if approval is None or run is None or run.project_id != project.id:
        return Answer(toast="This plan is not known.")
    try:
        anew = await plan_newer(store, project, approval, by=event_from_user)
    except PipelineError as error:
        return refused_tap(error)
    return used_up(anew) if anew.state.final else asked(anew)


def setup() -> Router:
    router = Router(name="plan")
    router.callback_query.register(later, PlanTap.filter(F.verdict == Verdict.LATER))
    router.callback_query.register(details, PlanTap.filter(F.verdict == Verdict.DETAILS))
    router.callback_query.register(answered, PlanTap.filter())
    router.callback_query.register(newer, NewerTap.filter())
    return router
