"""/settings and its pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Message

from bot.agenda import Agenda
from bot.answer import Answer
from bot.callbacks import Listed, PageTap
from bot.cards.card import Card
from bot.cards.help import usage
from bot.cards.settings import Chosen, settings_card
from pipeline.model.release import Project
from pipeline.model.schedule import ScheduleName
from pipeline.model.told import ToldSetting
from pipeline.store.store import Store


async def settings(
    _message: Message,
    command: CommandObject,
    store: Store,
    project: Project,
    own: Sequence[ToldSetting],
    agenda: Agenda,
    now: Callable[[], datetime],
) -> Answer:
    if command.args:
        return Answer(card=usage("settings", command.args))
    return Answer(card=await _card(store, project, own, agenda, now, 0))


async def turned_over(
    _query: CallbackQuery,
    callback_data: PageTap,
    store: Store,
    project: Project,
    own: Sequence[ToldSetting],
    agenda: Agenda,
    now: Callable[[], datetime],
) -> Answer:
    return Answer(card=await _card(store, project, own, agenda, now, callback_data.page), edit=True)


async def _card(
    store: Store,
    project: Project,
    own: Sequence[ToldSetting],
    agenda: Agenda,
    now: Callable[[], datetime],
    number: int,
) -> Card:
    worker = await store.settings.of(project.id, "worker")
    chosen = Chosen(
        project=project.name,
        bot=own,
        worker=worker.settings if worker else None,
        moments={name.key: agenda.at(name) for name in ScheduleName},
        paused=await store.pauses.current(project.id) is not None,
        mute=await store.mutes.current(project.id, now()),
        resting={name.key for name in await store.schedules.resting(project.id)},
    )
    return settings_card(chosen, number)


def setup() -> Router:
    router = Router(name="settings")
    router.message.register(settings, Command("settings", ignore_case=True, ignore_mention=True))
    router.callback_query.register(turned_over, PageTap.filter(F.of == Listed.SETTINGS))
    return router
