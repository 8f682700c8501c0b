"""/history [run | last N | audit], its pages and its buttons."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Message

from bot.answer import Answer
from bot.callbacks import AuditTap, HistoryTap, RunTap, Turn
from bot.cards.audit import audit_card
from bot.cards.card import Card
from bot.cards.help import usage
from bot.cards.history import Story, history_card, no_run, story_card
from bot.known import is_number
from bot.paging import turned
from bot.rights import looking, looking_at_all
from pipeline.model.release import Project, RunId
from pipeline.store.store import Store

LINES = 8
MOST_LINES = 20
"""More would not fit into a message."""

_AUDIT_LINES = 12
_OF_RUN = 40


async def history(
    _message: Message,
    command: CommandObject,
    store: Store,
    project: Project,
    now: Callable[[], datetime],
) -> Answer:
    match (command.args or "").lower().split():
        case []:
            return Answer(card=await _runs(store, project, Turn.OLDER, 0, LINES))
        case ["last", number] if is_number(number) and 1 <= int(number) <= MOST_LINES:
            return Answer(card=await _runs(store, project, Turn.OLDER, 0, int(number)))
        case [number] if is_number(number):
            return await _story(store, project, int(number), now())
        case _:
            return Answer(card=usage("history", command.args or ""))


async def audit(_message: Message, store: Store) -> Answer:
    """It is of all projects."""
    return Answer(card=await _audit(store, Turn.OLDER, 0))


async def turned_over(
    _query: CallbackQuery, callback_data: HistoryTap, store: Store, project: Project
) -> Answer:
    lines = min(callback_data.lines, MOST_LINES) if callback_data.lines > 0 else LINES
    card = await _runs(store, project, callback_data.turn, callback_data.run, lines)
    return Answer(card=card, edit=True)


async def chosen(
    _query: CallbackQuery,
    callback_data: RunTap,
    store: Store,
    project: Project,
    now: Callable[[], datetime],
) -> Answer:
    return await _story(store, project, callback_data.run, now(), edit=True)


async def audit_turned_over(_query: CallbackQuery, callback_data: AuditTap, store: Store) -> Answer:
    return Answer(card=await _audit(store, callback_data.turn, callback_data.line), edit=True)


async def _runs(store: Store, project: Project, turn: Turn, run: int, lines: int) -> Card:
    before = partial(store.history.before, project.id)
    after = partial(store.history.after, project.id)
    return history_card(project.name, await turned(turn, run, lines, before, after), lines)


async def _audit(store: Store, turn: Turn, line: int) -> Card:
    return audit_card(await turned(turn, line, _AUDIT_LINES, store.audit.before, store.audit.after))


async def _story(store: Store, project: Project, number: int, now: datetime, *, edit: bool = False) -> Answer:
    try:
        view = await store.runs.view(RunId(number))
    except LookupError:
        view = None
    if view is None or view.run.project_id != project.id:
        newest = await store.history.runs(project.id, 1)
        return Answer(card=no_run(number, newest[0].id if newest else None, MOST_LINES))
    run = view.run.id
    story = Story(
        view=view,
        approvals=await store.approvals.all_of_run(run),
        lines=await store.audit.of_run(run, _OF_RUN),
        log=await store.logs.known(run) is not None,
    )
    return Answer(card=story_card(story, now), edit=edit, run=run)


def setup() -> Router:
    router = Router(name="history")
    of_audit = F.args.strip().lower() == "audit"
    router.message.register(
        audit,
        Command("history", ignore_case=True, ignore_mention=True, magic=of_audit),
        flags=looking_at_all(),
    )
    router.message.register(
        history, Command("history", ignore_case=True, ignore_mention=True), flags=looking()
    )
    router.callback_query.register(turned_over, HistoryTap.filter(), flags=looking())
    router.callback_query.register(chosen, RunTap.filter(), flags=looking())
    router.callback_query.register(audit_turned_over, AuditTap.filter(), flags=looking_at_all())
    return router
