"""/rollback [number|sha] and its button in the menu."""

from __future__ import annotations

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Message, User

from bot.answer import DONE, Answer
from bot.auth import shown_name
from bot.callbacks import Choice, MenuTap
from bot.cards.help import usage
from bot.requests import ask, asked, message_key, refused, refused_tap, tap_key
from pipeline.model.errors import PipelineError
from pipeline.model.release import Project
from pipeline.model.states import RunKind
from pipeline.store.store import Store


async def rollback(
    message: Message, command: CommandObject, event_from_user: User, store: Store, project: Project
) -> Answer:
    words = (command.args or "").split()
    if len(words) > 1:
        return Answer(card=usage("rollback", command.args or ""))
    try:
        await ask(
            store,
            project,
            RunKind.ROLLBACK,
            by=shown_name(event_from_user),
            key=message_key(message),
            target=words[0] if words else None,
        )
    except PipelineError as error:
        return refused(error)
    return DONE


async def rollback_tapped(
    query: CallbackQuery, event_from_user: User, store: Store, project: Project
) -> Answer:
    try:
        return asked(
            await ask(store, project, RunKind.ROLLBACK, by=shown_name(event_from_user), key=tap_key(query))
        )
    except PipelineError as error:
        return refused_tap(error)


def setup() -> Router:
    router = Router(name="rollback")
    router.message.register(rollback, Command("rollback", ignore_case=True, ignore_mention=True))
    router.callback_query.register(rollback_tapped, MenuTap.filter(F.choice == Choice.ROLLBACK))
    return router
