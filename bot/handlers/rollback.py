"""/rollback [number|sha|?], its button in the menu, and the choice where the schema moved."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Message, User

from bot.answer import DONE, Answer
from bot.callbacks import AlertBackTap, BackTap, BackWay, Choice, MenuTap
from bot.cards.help import usage
from bot.cards.way_back import choice_card
from bot.handlers.choosing import ASK
from bot.handlers.releases import kept
from bot.requests import ask, asked, go_back, message_key, refused, refused_tap, tap_key
from pipeline.model.errors import PipelineError
from pipeline.model.release import Project
from pipeline.model.run import Run
from pipeline.model.states import RunKind, Source
from pipeline.store.store import Store


async def rollback(
    message: Message,
    command: CommandObject,
    event_from_user: User,
    store: Store,
    project: Project,
    now: Callable[[], datetime],
) -> Answer:
    words = (command.args or "").split()
    if words == [ASK]:
        return await kept(store, project, now())
    if len(words) > 1:
        return Answer(card=usage("rollback", command.args or ""))
    by, target = event_from_user, words[0] if words else None
    try:
        found = await go_back(store, project, by=by, key=message_key(message), now=now(), target=target)
    except PipelineError as error:
        return refused(error)
    return DONE if isinstance(found, Run) else Answer(card=choice_card(found, now()))


async def rollback_tapped(
    query: CallbackQuery,
    event_from_user: User,
    store: Store,
    project: Project,
    now: Callable[[], datetime],
) -> Answer:
    by = event_from_user
    try:
        found = await go_back(store, project, by=by, key=tap_key(query), now=now())
    except PipelineError as error:
        return refused_tap(error)
    return asked(found) if isinstance(found, Run) else Answer(card=choice_card(found, now()))


async def chosen(
    query: CallbackQuery,
    callback_data: BackTap | AlertBackTap,
    event_from_user: User,
    store: Store,
    project: Project,
) -> Answer:
    if callback_data.way is BackWay.CANCEL:
        return Answer(toast="Nothing was started.")
    fresh = await store.releases.project_by_id(project.id)
    if (fresh.live_release_id or 0) != callback_data.live:
        return Answer(toast="Another release is live now. /rollback asks anew, from that one.", alert=True)
    kind = RunKind.REWIND if callback_data.way is BackWay.DATA else RunKind.ROLLBACK
    by, key, target = event_from_user, tap_key(query), str(callback_data.goal)
    source = Source.ALERT if isinstance(callback_data, AlertBackTap) else Source.TELEGRAM
    try:
        return asked(await ask(store, project, kind, by=by, key=key, target=target, source=source))
    except PipelineError as error:
        return refused_tap(error)


def setup() -> Router:
    router = Router(name="rollback")
    router.message.register(rollback, Command("rollback", ignore_case=True, ignore_mention=True))
    router.callback_query.register(rollback_tapped, MenuTap.filter(F.choice == Choice.ROLLBACK))
    router.callback_query.register(chosen, BackTap.filter())
    router.callback_query.register(chosen, AlertBackTap.filter())
    return router
