"""Keep and Revert on the card of a probation."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from aiogram import Router
from aiogram.types import CallbackQuery, User

from bot.answer import Answer
from bot.auth import shown_name
from bot.callbacks import ProbationTap, Stays
from bot.cards.way_back import choice_card
from bot.requests import asked, go_back, refused_tap
from pipeline.model.errors import PipelineError
from pipeline.model.probation import Decision, Probation, ProbationId
from pipeline.model.release import Project
from pipeline.model.run import Run
from pipeline.store.store import Store
from pipeline.wording.markup import plain
from pipeline.wording.probation import decided


async def answered(
    _query: CallbackQuery,
    callback_data: ProbationTap,
    event_from_user: User,
    store: Store,
    project: Project,
    now: Callable[[], datetime],
) -> Answer:
    probation = await store.probations.get(ProbationId(callback_data.probation))
    if probation is None or probation.project_id != project.id:
        return Answer(toast="This probation is not known.")
    if not probation.asks:
        return Answer(toast=plain(decided(probation)), run=probation.revert_run_id)
    by = shown_name(event_from_user)
    if callback_data.answer is Stays.KEEP:
        kept = await store.probations.decide(probation.id, Decision.KEEP, by, now())
        return Answer(toast="The release stays." if kept else "It was answered already.")
    return await _revert(store, project, probation, event_from_user, now())


async def _revert(store: Store, project: Project, probation: Probation, by: User, now: datetime) -> Answer:
    """As /rollback, with its plan; where the schema moved the choice comes first, and the card stays."""
    fresh = await store.releases.project_by_id(project.id)
    if fresh.live_release_id != probation.release_id:
        return Answer(toast="Another release is live now. /rollback goes back from that one.", alert=True)
    key, target = f"probation-tap:{probation.id}", str(probation.previous_release_id)
    try:
        found = await go_back(store, project, by=by, key=key, now=now, target=target)
    except PipelineError as error:
        return refused_tap(error)
    if not isinstance(found, Run):
        return Answer(card=choice_card(found, now))
    await store.probations.decide(probation.id, Decision.REVERT, shown_name(by), now, found.id)
    return asked(found)


def setup() -> Router:
    router = Router(name="probation")
    router.callback_query.register(answered, ProbationTap.filter())
    return router
