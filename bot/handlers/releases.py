"""/releases, its pages, and the rollback to one of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from aiogram import Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Message, User

from bot.answer import Answer
from bot.callbacks import ReleasesTap, ReleaseTap
from bot.cards.help import usage
from bot.cards.releases import releases_card
from bot.cards.way_back import choice_card
from bot.requests import asked, go_back, refused_tap, tap_key
from bot.rights import looking
from pipeline.model.errors import PipelineError
from pipeline.model.release import Project
from pipeline.model.run import Run
from pipeline.store.store import Store


async def releases(
    _message: Message,
    command: CommandObject,
    store: Store,
    project: Project,
    now: Callable[[], datetime],
) -> Answer:
    if command.args:
        return Answer(card=usage("releases", command.args))
    return Answer(card=releases_card(project.name, await store.releases.kept(project.id), now()))


async def turned_over(
    _query: CallbackQuery,
    callback_data: ReleasesTap,
    store: Store,
    project: Project,
    now: Callable[[], datetime],
) -> Answer:
    kept = await store.releases.kept(project.id)
    return Answer(card=releases_card(project.name, kept, now(), callback_data.page), edit=True)


async def chosen(
    query: CallbackQuery,
    callback_data: ReleaseTap,
    event_from_user: User,
    store: Store,
    project: Project,
    now: Callable[[], datetime],
) -> Answer:
    by, target = event_from_user, str(callback_data.release)
    try:
        found = await go_back(store, project, by=by, key=tap_key(query), now=now(), target=target)
    except PipelineError as error:
        return refused_tap(error)
    return asked(found) if isinstance(found, Run) else Answer(card=choice_card(found, now()))


def setup() -> Router:
    router = Router(name="releases")
    router.message.register(
        releases, Command("releases", ignore_case=True, ignore_mention=True), flags=looking()
    )
    router.callback_query.register(turned_over, ReleasesTap.filter(), flags=looking())
    router.callback_query.register(chosen, ReleaseTap.filter())
    return router
