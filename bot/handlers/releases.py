"""The kept releases (/releases, `/rollback ?`, Another release), their pages, and the rollback to one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Message, User

from bot.answer import Answer
from bot.callbacks import Choice, Listed, MenuTap, PageTap, ReleaseTap
from bot.cards.card import Card
from bot.cards.help import usage
from bot.cards.paging import CHANGED
from bot.cards.releases import releases_card
from bot.cards.way_back import choice_card
from bot.requests import asked_from_a_list, go_back, refused_tap, tap_key
from bot.rights import looking
from pipeline.model.errors import PipelineError
from pipeline.model.release import Project
from pipeline.model.run import Run
from pipeline.store.store import Store


async def kept(store: Store, project: Project, now: datetime) -> Answer:
    return Answer(card=await _listed(store, project, now))


async def _listed(store: Store, project: Project, now: datetime, number: int = 0) -> Card:
    proven = await store.history.ways_back_proven(project.id)
    return releases_card(project.name, await store.releases.kept(project.id), now, number, proven)


async def releases(
    _message: Message,
    command: CommandObject,
    store: Store,
    project: Project,
    now: Callable[[], datetime],
) -> Answer:
    if command.args:
        return Answer(card=usage("releases", command.args))
    return await kept(store, project, now())


async def menu_tapped(
    _query: CallbackQuery, store: Store, project: Project, now: Callable[[], datetime]
) -> Answer:
    return await kept(store, project, now())


async def turned_over(
    _query: CallbackQuery,
    callback_data: PageTap,
    store: Store,
    project: Project,
    now: Callable[[], datetime],
) -> Answer:
    return Answer(card=await _listed(store, project, now(), callback_data.page), edit=True)


async def chosen(
    query: CallbackQuery,
    callback_data: ReleaseTap,
    event_from_user: User,
    store: Store,
    project: Project,
    now: Callable[[], datetime],
) -> Answer:
    """The release that was live when the list was shown must still be so."""
    by, key, target = event_from_user, tap_key(query), str(callback_data.release)
    found = await store.releases.kept(project.id)
    moved = (found.live.id if found.live else 0) != callback_data.live
    try:
        if moved and await store.runs.asked_by(key) is None:
            card = await _listed(store, project, now())
            return Answer(card=card, edit=True, toast=CHANGED, alert=True)
        way = await go_back(store, project, by=by, key=key, now=now(), target=target)
    except PipelineError as error:
        return refused_tap(error)
    if isinstance(way, Run):
        return asked_from_a_list(way, f"release {callback_data.release}")
    return Answer(card=choice_card(way, now()), edit=True)


def setup() -> Router:
    router = Router(name="releases")
    router.message.register(
        releases, Command("releases", ignore_case=True, ignore_mention=True), flags=looking()
    )
    router.callback_query.register(menu_tapped, MenuTap.filter(F.choice == Choice.RELEASE), flags=looking())
    router.callback_query.register(turned_over, PageTap.filter(F.of == Listed.RELEASES), flags=looking())
    router.callback_query.register(chosen, ReleaseTap.filter())
    return router
