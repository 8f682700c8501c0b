"""/restore: the backups to choose from, the question what would be lost, and Undo."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Message, User

from bot.answer import DONE, Answer
from bot.callbacks import RestoreTap, UndoRestoreTap
from bot.cards.help import usage
from bot.cards.restore import backups_card, sure_card
from bot.known import NoBackup, is_number, known_backup
from bot.requests import ask, asked, message_key, refused, refused_tap, tap_key
from pipeline.model.errors import PipelineError
from pipeline.model.release import Backup, Project
from pipeline.model.run import UNDO
from pipeline.model.states import RunKind
from pipeline.store.store import Store
from pipeline.wording.restore import in_quarantine

_LISTED = 8


async def restore(
    message: Message,
    command: CommandObject,
    event_from_user: User,
    store: Store,
    project: Project,
    now: Callable[[], datetime],
) -> Answer:
    word = (command.args or "").strip().lower()
    if not word:
        backups = await store.releases.backups(project.id, _LISTED)
        return Answer(card=backups_card(backups, now(), undo=await store.runs.newest_restore(project.id)))
    try:
        if word == UNDO:
            await ask(
                store, project, RunKind.RESTORE, by=event_from_user, key=message_key(message), target=UNDO
            )
            return DONE
        if not is_number(word):
            return Answer(card=usage("restore", command.args or ""))
        return Answer(card=sure_card(await _known(store, project, int(word)), now()))
    except PipelineError as error:
        return refused(error)


async def chosen(
    _query: CallbackQuery,
    callback_data: RestoreTap,
    store: Store,
    project: Project,
    now: Callable[[], datetime],
) -> Answer:
    try:
        return Answer(card=sure_card(await _known(store, project, callback_data.backup), now()))
    except PipelineError as error:
        return refused_tap(error)


async def confirmed(
    query: CallbackQuery, callback_data: RestoreTap, event_from_user: User, store: Store, project: Project
) -> Answer:
    try:
        backup = await _known(store, project, callback_data.backup)
        run = await ask(
            store, project, RunKind.RESTORE, by=event_from_user, key=tap_key(query), target=str(backup.id)
        )
    except PipelineError as error:
        return refused_tap(error)
    return asked(run)


async def undo(
    query: CallbackQuery, callback_data: UndoRestoreTap, event_from_user: User, store: Store, project: Project
) -> Answer:
    if await store.runs.newest_restore(project.id) != callback_data.run:
        return Answer(toast="A newer restore went well since. /restore undo undoes that one.", alert=True)
    try:
        return asked(
            await ask(store, project, RunKind.RESTORE, by=event_from_user, key=tap_key(query), target=UNDO)
        )
    except PipelineError as error:
        return refused_tap(error)


async def _known(store: Store, project: Project, number: int) -> Backup:
    """One that may be restored. Raises NoBackup."""
    backup = await known_backup(store, project, number)
    if backup.quarantined_at is not None:
        raise NoBackup(
            in_quarantine(backup), f"/restore lists the others; /drill {backup.id} tries this one again."
        )
    return backup


def setup() -> Router:
    router = Router(name="restore")
    router.message.register(restore, Command("restore", ignore_case=True, ignore_mention=True))
    router.callback_query.register(chosen, RestoreTap.filter(F.sure.is_(False)))
    router.callback_query.register(confirmed, RestoreTap.filter(F.sure.is_(True)))
    router.callback_query.register(undo, UndoRestoreTap.filter())
    return router
