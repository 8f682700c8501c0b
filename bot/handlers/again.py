"""The buttons below a result: the same once more, or back to the release before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from aiogram import Router
from aiogram.types import CallbackQuery, User

from bot.answer import Answer
from bot.answering import plan_newer
from bot.callbacks import AgainTap, UndoTap
from bot.cards.help import COMMANDS
from bot.cards.way_back import choice_card
from bot.requests import ask, asked, go_back, refused_tap, tap_key
from pipeline.model.errors import PipelineError
from pipeline.model.move import WaysBack
from pipeline.model.release import Project, RunId
from pipeline.model.run import Run
from pipeline.model.states import ApprovalState, RunKind
from pipeline.store.store import Store


async def again(
    _query: CallbackQuery,
    callback_data: AgainTap,
    event_from_user: User,
    store: Store,
    project: Project,
    now: Callable[[], datetime],
) -> Answer:
    try:
        run = await store.runs.get(RunId(callback_data.run))
    except LookupError:
        return Answer(toast="This run is not known.")
    if run.project_id != project.id:
        return Answer(toast="This run is not known.")
    by, key, target = event_from_user, f"again:{run.id}", run.target
    plan = await store.approvals.of_run(run.id)
    try:
        if plan is not None and plan.state is ApprovalState.SUPERSEDED:
            anew: Run | WaysBack = await plan_newer(store, project, plan, by=by)
        elif run.kind.goes_back:
            choose = run.kind is RunKind.REWIND  # the data of then is asked for each time
            anew = await go_back(store, project, by=by, key=key, now=now(), target=target, choose=choose)
        else:
            anew = await ask(store, project, run.kind, by=by, key=key, target=target)
    except PipelineError as error:
        return refused_tap(error)
    if not isinstance(anew, Run):
        return Answer(card=choice_card(anew, now()))
    return used_up(anew) if anew.state.final else asked(anew)


def used_up(anew: Run) -> Answer:
    """What is asked for from one result is asked for once."""
    anywhere = f"/{anew.kind}" if anew.kind in COMMANDS else f"vnext {anew.kind} on the server"
    if anew.kind is RunKind.ROLLBACK_DRILL:
        anywhere = "/drill rollback"
    return Answer(
        toast=f"Asked for already: run {anew.id}, which has ended. {anywhere} asks anew.",
        alert=True,
        run=anew.id,
    )


async def undo(
    query: CallbackQuery,
    callback_data: UndoTap,
    event_from_user: User,
    store: Store,
    project: Project,
    now: Callable[[], datetime],
) -> Answer:
    fresh = await store.releases.project_by_id(project.id)
    if fresh.live_release_id != callback_data.release:
        return Answer(toast="Another release is live now. /rollback goes back from that one.", alert=True)
    try:
        found = await go_back(store, project, by=event_from_user, key=tap_key(query), now=now())
    except PipelineError as error:
        return refused_tap(error)
    return asked(found) if isinstance(found, Run) else Answer(card=choice_card(found, now()))


def setup() -> Router:
    router = Router(name="again")
    router.callback_query.register(again, AgainTap.filter())
    router.callback_query.register(undo, UndoTap.filter())
    return router
