"""/cancel [run], and the Cancel button on the card of a run, which asks once more."""

from __future__ import annotations

from datetime import timedelta

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Message, User

from bot.answer import Answer
from bot.auth import shown_name
from bot.callbacks import CancelTap
from bot.cards.cancel import can_be_cancelled, cancelled_card, goes_on_card, not_cancelled_card, sure_card
from bot.cards.help import usage
from bot.known import is_number
from pipeline.model.errors import PipelineError
from pipeline.model.release import Project
from pipeline.model.run import Run
from pipeline.run_to_cancel import run_to_cancel
from pipeline.store.store import Store

_CLOCKS_DIFFER = timedelta(minutes=2)
"""A run that was asked for later than that after the command is not the one that was meant: it is asked."""


async def cancel(
    message: Message, command: CommandObject, event_from_user: User, store: Store, project: Project
) -> Answer:
    word = (command.args or "").strip()
    if word and not is_number(word):
        return Answer(card=usage("cancel", word))
    try:
        run = await run_to_cancel(store.runs, project, int(word) if word else None)
        if not word and can_be_cancelled(run) and run.requested_at - message.date > _CLOCKS_DIFFER:
            return Answer(card=sure_card(run))
        return await _cancelled(store, run, shown_name(event_from_user))
    except PipelineError as error:
        return Answer(card=not_cancelled_card(error))


async def tapped(
    _query: CallbackQuery,
    callback_data: CancelTap,
    event_from_user: User,
    store: Store,
    project: Project,
) -> Answer:
    try:
        run = await run_to_cancel(store.runs, project, callback_data.run)
        if can_be_cancelled(run):
            return Answer(card=sure_card(run))
        return await _cancelled(store, run, shown_name(event_from_user))  # tells why it cannot be
    except PipelineError as error:
        return Answer(card=not_cancelled_card(error))


async def kept(_query: CallbackQuery, callback_data: CancelTap, store: Store, project: Project) -> Answer:
    try:
        run = await run_to_cancel(store.runs, project, callback_data.run)
    except PipelineError as error:
        return Answer(toast=error.what)
    return Answer(card=goes_on_card(run), edit=True)


async def confirmed(
    _query: CallbackQuery,
    callback_data: CancelTap,
    event_from_user: User,
    store: Store,
    project: Project,
) -> Answer:
    try:
        run = await run_to_cancel(store.runs, project, callback_data.run)
        return await _cancelled(store, run, shown_name(event_from_user), edit=True)
    except PipelineError as error:
        return Answer(card=not_cancelled_card(error), edit=True)


async def _cancelled(store: Store, run: Run, by: str, *, edit: bool = False) -> Answer:
    """Twice changes nothing: who was first is told. Raises TooLateToCancel."""
    told = await store.runs.cancel(run.id, by)
    return Answer(card=cancelled_card(run, told), edit=edit)


def setup() -> Router:
    router = Router(name="cancel")
    router.message.register(cancel, Command("cancel", ignore_case=True, ignore_mention=True))
    router.callback_query.register(kept, CancelTap.filter(F.keep))
    router.callback_query.register(confirmed, CancelTap.filter(F.sure))
    router.callback_query.register(tapped, CancelTap.filter())
    return router
