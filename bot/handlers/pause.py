"""/pause [reason] and /resume: what comes by itself rests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from aiogram import Router
from aiogram.filters import Command, CommandObject
from aiogram.types import Message, User

from bot.answer import Answer
from bot.auth import shown_name
from bot.cards.help import usage
from bot.cards.pause import PauseOf, all_paused_card, all_resumed_card, paused_card, resumed_card
from bot.rights import of_all
from bot.served import Served
from pipeline.model.pause import Pause
from pipeline.model.release import ProjectId
from pipeline.store.store import Store
from pipeline.wording.markup import clean, cut
from pipeline.wording.pause import REASON_LIMIT


async def pause(
    _message: Message,
    command: CommandObject,
    event_from_user: User,
    store: Store,
    about: Sequence[Served],
    now: Callable[[], datetime],
) -> Answer:
    """Said twice, the first one stays."""
    by, reason = shown_name(event_from_user), cut(clean(command.args or ""), REASON_LIMIT) or None
    if len(about) > 1:
        begun = [(served.name, (await _begun(store, served.id, by, reason))[0]) for served in about]
        pauses = [PauseOf(project=name, pause=pause) for name, pause in begun if pause]
        return Answer(card=all_paused_card(pauses, now()))
    current, kept = await _begun(store, about[0].id, by, reason)
    return Answer(card=resumed_card(None) if current is None else paused_card(current, now(), kept=kept))


async def _begun(store: Store, project: ProjectId, by: str, reason: str | None) -> tuple[Pause | None, bool]:
    """The pause of a project, None where it was resumed in between, from the command line; and whether one
    with another reason stays."""
    begun = await store.pauses.begin(project, by, reason)
    current = begun or await store.pauses.current(project)
    kept = begun is None and current is not None and reason is not None and reason != current.reason
    return current, kept


async def resume(
    _message: Message,
    command: CommandObject,
    event_from_user: User,
    store: Store,
    about: Sequence[Served],
) -> Answer:
    if command.args:
        return Answer(card=usage("resume", command.args))
    by = shown_name(event_from_user)
    ended = [(served.name, await store.pauses.end(served.id, by)) for served in about]
    if len(ended) > 1:
        return Answer(
            card=all_resumed_card([PauseOf(project=name, pause=pause) for name, pause in ended if pause])
        )
    return Answer(card=resumed_card(ended[0][1]))


def setup() -> Router:
    router = Router(name="pause")
    router.message.register(pause, Command("pause", ignore_case=True, ignore_mention=True), flags=of_all())
    router.message.register(resume, Command("resume", ignore_case=True, ignore_mention=True), flags=of_all())
    return router
