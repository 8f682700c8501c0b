"""Another branch to deploy: chosen from a list."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from aiogram import F, Router
from aiogram.types import CallbackQuery, User

from bot.answer import Answer
from bot.callbacks import BranchTap, Choice, Listed, MenuTap, PageTap
from bot.cards.choosing import branches_card, mark_of
from bot.cards.paging import CHANGED, marked
from bot.requests import ask, asked_from_a_list, refused, refused_tap, tap_key
from pipeline.model.errors import PipelineError
from pipeline.model.release import Project
from pipeline.model.states import RunKind
from pipeline.source import Source
from pipeline.store.store import Store
from pipeline.wording.markup import code

FETCH_SECONDS = 10.0
"""So long the ages of branches are worth waiting for: what else is tapped waits meanwhile."""

ASK = "?"
"""What is written behind a command to be given the list."""


async def branches(source: Source, project: Project, now: datetime) -> Answer:
    try:
        found = await source.branches(within=FETCH_SECONDS)
    except PipelineError as error:
        return refused(error)
    return Answer(card=branches_card(found, project.branch, now))


async def branches_tapped(
    _query: CallbackQuery, source: Source, project: Project, now: Callable[[], datetime]
) -> Answer:
    return await branches(source, project, now())


async def branches_turned(
    _query: CallbackQuery,
    callback_data: PageTap,
    source: Source,
    project: Project,
    now: Callable[[], datetime],
) -> Answer:
    try:
        found = await source.branches(within=FETCH_SECONDS)
    except PipelineError as error:
        return refused_tap(error)
    return Answer(card=branches_card(found, project.branch, now(), callback_data.page), edit=True)


async def branch_chosen(
    query: CallbackQuery,
    callback_data: BranchTap,
    event_from_user: User,
    store: Store,
    project: Project,
    source: Source,
    now: Callable[[], datetime],
) -> Answer:
    """The tip that was shown must still be there; the plan shows what was pulled in the end."""
    key = tap_key(query)
    try:
        run = await store.runs.asked_by(key)
        if run is None:
            found = await source.branches(within=FETCH_SECONDS)
            branch = marked(found, callback_data.mark, mark_of)
            if branch is None:
                card = branches_card(found, project.branch, now())
                return Answer(card=card, edit=True, toast=CHANGED, alert=True)
            by = event_from_user
            run = await ask(store, project, RunKind.DEPLOY, by=by, key=key, target=branch.name)
    except PipelineError as error:
        return refused_tap(error)
    return asked_from_a_list(run, code(run.target or project.branch, 100))


def setup() -> Router:
    router = Router(name="choosing")
    router.callback_query.register(branches_tapped, MenuTap.filter(F.choice == Choice.BRANCH))
    router.callback_query.register(branches_turned, PageTap.filter(F.of == Listed.BRANCHES))
    router.callback_query.register(branch_chosen, BranchTap.filter())
    return router
