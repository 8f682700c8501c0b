"""Another branch to deploy, another release to go back to: chosen from a list."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from aiogram import F, Router
from aiogram.types import CallbackQuery, User

from bot.answer import Answer
from bot.callbacks import BranchTap, Choice, GoBackTap, Listed, MenuTap, PageTap
from bot.cards.choosing import asked_card, branches_card, kept_card, mark_of
from bot.cards.paging import CHANGED, marked
from bot.cards.way_back import choice_card
from bot.requests import ask, asked, go_back, refused, refused_tap, tap_key
from pipeline.model.errors import PipelineError
from pipeline.model.release import Project
from pipeline.model.run import Run
from pipeline.model.states import RunKind
from pipeline.source import Source
from pipeline.store.store import Store
from pipeline.wording.markup import code

FETCH_SECONDS = 10.0
"""So long the ages of branches are worth waiting for: what else is tapped waits meanwhile."""

ASK = "?"
"""What is written behind a command to be given the list."""


async def branches(source: Source, project: Project, now: datetime, *, page: int = 0) -> Answer:
    try:
        found = await source.branches(within=FETCH_SECONDS)
    except PipelineError as error:
        return refused(error)
    return Answer(card=branches_card(found, project.branch, now, page))


async def kept(store: Store, project: Project, now: datetime) -> Answer:
    return Answer(card=kept_card(await store.releases.kept(project.id), now))


async def branches_tapped(
    _query: CallbackQuery, source: Source, project: Project, now: Callable[[], datetime]
) -> Answer:
    return await branches(source, project, now())


async def kept_tapped(
    _query: CallbackQuery, store: Store, project: Project, now: Callable[[], datetime]
) -> Answer:
    return await kept(store, project, now())


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


async def kept_turned(
    _query: CallbackQuery,
    callback_data: PageTap,
    store: Store,
    project: Project,
    now: Callable[[], datetime],
) -> Answer:
    found = await store.releases.kept(project.id)
    return Answer(card=kept_card(found, now(), callback_data.page), edit=True)


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
    return _asked(run, code(run.target or project.branch, 100))


async def release_chosen(
    query: CallbackQuery,
    callback_data: GoBackTap,
    event_from_user: User,
    store: Store,
    project: Project,
    now: Callable[[], datetime],
) -> Answer:
    found = await store.releases.kept(project.id)
    if (found.live.id if found.live else 0) != callback_data.live:
        return Answer(card=kept_card(found, now()), edit=True, toast=CHANGED, alert=True)
    by, target = event_from_user, str(callback_data.release)
    try:
        way = await go_back(store, project, by=by, key=tap_key(query), now=now(), target=target)
    except PipelineError as error:
        return refused_tap(error)
    if isinstance(way, Run):
        return _asked(way, f"release {callback_data.release}")
    return Answer(card=choice_card(way, now()), edit=True)


def _asked(run: Run, what: str) -> Answer:
    return Answer(card=asked_card(run, what), edit=True, toast=asked(run).toast)


def setup() -> Router:
    router = Router(name="choosing")
    router.callback_query.register(branches_tapped, MenuTap.filter(F.choice == Choice.BRANCH))
    router.callback_query.register(kept_tapped, MenuTap.filter(F.choice == Choice.RELEASE))
    router.callback_query.register(branches_turned, PageTap.filter(F.of == Listed.BRANCHES))
    router.callback_query.register(kept_turned, PageTap.filter(F.of == Listed.RELEASES))
    router.callback_query.register(branch_chosen, BranchTap.filter())
    router.callback_query.register(release_chosen, GoBackTap.filter())
    return router
