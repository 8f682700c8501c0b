"""/schedules and its buttons: each schedule rests, goes on, or runs now by itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Message, User

from bot.answer import Answer
from bot.auth import shown_name
from bot.callbacks import ScheduleDeed, ScheduleTap
from bot.cards.card import Card
from bot.cards.help import usage
from bot.cards.schedules import schedules_card
from bot.requests import ask, asked, refused_tap, tap_key
from pipeline.model.errors import PipelineError
from pipeline.model.release import Project
from pipeline.model.schedule import KIND_OF
from pipeline.scheduled import obstacle, timetable
from pipeline.store.store import Store
from pipeline.wording.markup import plain
from pipeline.wording.schedule import TITLE, paused_schedule, resumed_schedule


async def schedules(
    _message: Message, command: CommandObject, store: Store, project: Project, now: Callable[[], datetime]
) -> Answer:
    if command.args:
        return Answer(card=usage("schedules", command.args))
    return Answer(card=await _card(store, project, now()))


async def rest(
    _query: CallbackQuery,
    callback_data: ScheduleTap,
    event_from_user: User,
    store: Store,
    project: Project,
    now: Callable[[], datetime],
) -> Answer:
    name, by = callback_data.schedule, shown_name(event_from_user)
    if callback_data.deed is ScheduleDeed.PAUSE:
        said = paused_schedule(name, await store.schedules.pause(project.id, name, by))
    else:
        said = resumed_schedule(name, await store.schedules.resume(project.id, name, by))
    return Answer(card=await _card(store, project, now()), edit=True, toast=plain(said))


async def run_now(
    query: CallbackQuery,
    callback_data: ScheduleTap,
    event_from_user: User,
    store: Store,
    project: Project,
) -> Answer:
    name = callback_data.schedule
    kind = KIND_OF.get(name)
    if kind is None:
        return Answer(toast=f"{TITLE[name]} is no run.", alert=True)
    if (problem := await obstacle(store, project.id, name)) is not None:
        return Answer(toast=f"Not started: {problem}", alert=True)
    try:
        return asked(await ask(store, project, kind, by=event_from_user, key=tap_key(query)))
    except PipelineError as error:
        return refused_tap(error)


async def _card(store: Store, project: Project, now: datetime) -> Card:
    return schedules_card(await timetable(store, project.id, now), project.name, now)


def setup() -> Router:
    router = Router(name="schedules")
    router.message.register(schedules, Command("schedules", ignore_case=True, ignore_mention=True))
    router.callback_query.register(run_now, ScheduleTap.filter(F.deed == ScheduleDeed.RUN))
    router.callback_query.register(rest, ScheduleTap.filter())
    return router
