"""/backup and its button in the menu."""

from __future__ import annotations

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Message, User

from bot.answer import DONE, Answer
from bot.callbacks import Choice, MenuTap
from bot.cards.help import usage
from bot.requests import ask, asked, message_key, refused, refused_tap, tap_key
from pipeline.model.errors import PipelineError
from pipeline.model.release import Project
from pipeline.model.states import RunKind
from pipeline.store.store import Store


async def backup(
    message: Message, command: CommandObject, event_from_user: User, store: Store, project: Project
) -> Answer:
    if command.args:
        return Answer(card=usage("backup", command.args))
    try:
        await ask(store, project, RunKind.BACKUP, by=event_from_user, key=message_key(message))
    except PipelineError as error:
        return refused(error)
    return DONE


async def backup_tapped(
    query: CallbackQuery, event_from_user: User, store: Store, project: Project
) -> Answer:
    try:
        return asked(await ask(store, project, RunKind.BACKUP, by=event_from_user, key=tap_key(query)))
    except PipelineError as error:
        return refused_tap(error)


def setup() -> Router:
    router = Router(name="backup")
    router.message.register(backup, Command("backup", ignore_case=True, ignore_mention=True))
    router.callback_query.register(backup_tapped, MenuTap.filter(F.choice == Choice.BACKUP))
    return router
