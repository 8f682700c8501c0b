"""/drill [number]: a backup is restored aside and proven; and the buttons that ask for it. /drill rollback
[release]: the way back is tried on a copy."""

from __future__ import annotations

from aiogram import Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Message, User

from bot.answer import DONE, Answer
from bot.callbacks import ProveTap
from bot.cards.help import usage
from bot.known import NoBackup, is_number, known_backup
from bot.requests import ask, asked, message_key, refused, refused_tap, tap_key
from pipeline.model.errors import PipelineError
from pipeline.model.release import Project
from pipeline.model.states import RunKind
from pipeline.store.store import Store

_ROLLBACK = "rollback"


async def drill(
    message: Message, command: CommandObject, event_from_user: User, store: Store, project: Project
) -> Answer:
    word = (command.args or "").strip()
    first, _, release = word.partition(" ")
    if first.lower() == _ROLLBACK:
        return await _way_back(message, event_from_user, store, project, release.strip())
    if word and not is_number(word):
        return Answer(card=usage("drill", word))
    try:
        target = str((await known_backup(store, project, int(word))).id) if word else None
        if target is None and await store.releases.newest_usable_backup(project.id) is None:
            raise NoBackup("There is no backup that could be proven.", "/backup makes one.")
        await ask(store, project, RunKind.DRILL, by=event_from_user, key=message_key(message), target=target)
    except PipelineError as error:
        return refused(error)
    return DONE


async def _way_back(message: Message, by: User, store: Store, project: Project, release: str) -> Answer:
    """No approval is asked for: production is not touched."""
    kind, key = RunKind.ROLLBACK_DRILL, message_key(message)
    try:
        await ask(store, project, kind, by=by, key=key, target=release or None)
    except PipelineError as error:
        return refused(error)
    return DONE


async def prove(
    query: CallbackQuery, callback_data: ProveTap, event_from_user: User, store: Store, project: Project
) -> Answer:
    try:
        backup = await known_backup(store, project, callback_data.backup)
        return asked(
            await ask(
                store, project, RunKind.DRILL, by=event_from_user, key=tap_key(query), target=str(backup.id)
            )
        )
    except PipelineError as error:
        return refused_tap(error)


def setup() -> Router:
    router = Router(name="drill")
    router.message.register(drill, Command("drill", ignore_case=True, ignore_mention=True))
    router.callback_query.register(prove, ProveTap.filter())
    return router
