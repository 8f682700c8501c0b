"""Mute on the card of a push: for how long no other one is asked about."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from aiogram import Router
from aiogram.types import CallbackQuery, User

from bot.answer import Answer
from bot.auth import shown_name
from bot.callbacks import MuteFor, MuteTap
from bot.cards.push import push_card
from bot.muting import until
from pipeline.model.moment import shown_zone
from pipeline.model.push import PushId
from pipeline.model.release import Project
from pipeline.store.store import Store
from pipeline.wording.words import day


async def muted(
    _query: CallbackQuery,
    callback_data: MuteTap,
    event_from_user: User,
    store: Store,
    project: Project,
    now: Callable[[], datetime],
) -> Answer:
    span, by, at = callback_data.span, shown_name(event_from_user), now()
    toast = ""
    match span:
        case MuteFor.ASK | MuteFor.KEEP:
            pass
        case MuteFor.END:
            ended = await store.mutes.end(project.id, by, at)
            toast = "Pushes are asked about again." if ended else "Nothing was muted."
        case _:
            end = until(span, at, shown_zone())
            await store.mutes.begin(project.id, by, at, end)
            toast = f"Muted until {day(end)}." if end else "Muted until you end it, here or in /settings."
    return await _shown(store, project, callback_data, at, toast)


async def _shown(store: Store, project: Project, tap: MuteTap, at: datetime, toast: str) -> Answer:
    """With the card of the push as it is now."""
    push = await store.pushes.get(PushId(tap.push)) if tap.push else None
    if push is None or push.project_id != project.id:
        return Answer(toast=toast or "This push is not known.")
    shown = await store.pushes.shown_in(push.prompt) if push.prompt else push
    mute = await store.mutes.current(project.id, at)
    card = push_card(shown or push, project.name, mute=mute, choosing=tap.span is MuteFor.ASK)
    return Answer(card=card, edit=True, toast=toast)


def setup() -> Router:
    router = Router(name="mute")
    router.callback_query.register(muted, MuteTap.filter())
    return router
