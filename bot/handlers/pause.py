"""/pause [reason] and /resume: what comes by itself rests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from aiogram import Router
from aiogram.filters import Command, CommandObject
from aiogram.types import Message, User

from bot.answer import Answer
from bot.auth import shown_name
from bot.cards.help import usage
from bot.cards.pause import paused_card, resumed_card
from pipeline.model.release import Project
from pipeline.store.store import Store
from pipeline.wording.markup import clean, cut
from pipeline.wording.pause import REASON_LIMIT


async def pause(
    _message: Message,
    command: CommandObject,
    event_from_user: User,
    store: Store,
    project: Project,
    now: Callable[[], datetime],
) -> Answer:
    """Said twice, the first one stays."""
    reason = cut(clean(command.args or ""), REASON_LIMIT) or None
    begun = await store.pauses.begin(project.id, shown_name(event_from_user), reason)
    current = begun or await store.pauses.current(project.id)
    if current is None:  # resumed in between, from the command line
        return Answer(card=resumed_card(None))
    kept = begun is None and reason is not None and reason != current.reason
    return Answer(card=paused_card(current, now(), kept=kept))


async def resume(
    _message: Message, command: CommandObject, event_from_user: User, store: Store, project: Project
) -> Answer:
    if command.args:
        return Answer(card=usage("resume", command.args))
    return Answer(card=resumed_card(await store.pauses.end(project.id, shown_name(event_from_user))))


def setup() -> Router:
    router = Router(name="pause")
    router.message.register(pause, Command("pause", ignore_case=True, ignore_mention=True))
    router.message.register(resume, Command("resume", ignore_case=True, ignore_mention=True))
    return router
