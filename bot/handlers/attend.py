"""/ack and /snooze, and the buttons for them: Master sees to an alert, or wants no reminders for a while."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Message, User

from bot.answer import Answer
from bot.auth import shown_name
from bot.callbacks import AlertTap, Deed, SnoozeTap, StormTap
from bot.cards.alerts import attended_card, no_alert
from bot.cards.help import usage
from bot.handlers.alerts import GONE, OVER, as_card, known
from bot.known import is_number
from pipeline.model.alert import StormId
from pipeline.model.moment import day
from pipeline.model.release import Project
from pipeline.quiet import Quiet, morning
from pipeline.store.store import Store

TOMORROW = "tomorrow"
HOURS = timedelta(hours=1)
_LENGTH = re.compile(r"([1-9][0-9]{0,4})([mhd])")
_UNIT = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_LONGEST = timedelta(days=7)


async def acknowledge(
    _message: Message,
    command: CommandObject,
    event_from_user: User,
    store: Store,
    project: Project,
    now: Callable[[], datetime],
) -> Answer:
    word = (command.args or "").strip()
    if not is_number(word):
        return Answer(card=usage("ack", word))
    alert = await known(store, project, int(word))
    if alert is None or not alert.open:
        return Answer(card=no_alert(int(word), over=alert is not None))
    done = await store.alerts.acknowledge(alert.id, shown_name(event_from_user), now())
    return Answer(card=attended_card(done or await store.alerts.get(alert.id)))


async def snooze(
    _message: Message,
    command: CommandObject,
    event_from_user: User,
    store: Store,
    project: Project,
    quiet: Quiet,
    now: Callable[[], datetime],
) -> Answer:
    words = (command.args or "").split()
    until = snoozed_until(words[1], now(), quiet) if len(words) == 2 else now() + HOURS
    if len(words) not in (1, 2) or not is_number(words[0]) or until is None:
        return Answer(card=usage("snooze", command.args or ""))
    alert = await known(store, project, int(words[0]))
    done = await store.alerts.snooze(alert.id, shown_name(event_from_user), until) if alert else None
    if done is None:
        return Answer(card=no_alert(int(words[0]), over=alert is not None))
    return Answer(card=attended_card(done))


async def acknowledge_tapped(
    _query: CallbackQuery,
    callback_data: AlertTap,
    event_from_user: User,
    store: Store,
    project: Project,
    now: Callable[[], datetime],
) -> Answer:
    alert = await known(store, project, callback_data.alert)
    if alert is None:
        return GONE
    done = await store.alerts.acknowledge(alert.id, shown_name(event_from_user), now())
    if done is not None:
        return await _told(store, done.id, project, now(), "Acknowledged: no more reminders.")
    fresh = await store.alerts.get(alert.id)
    return OVER if not fresh.open else await _told(store, fresh.id, project, now(), "Acknowledged before.")


async def snooze_tapped(
    _query: CallbackQuery,
    callback_data: AlertTap,
    store: Store,
    project: Project,
    now: Callable[[], datetime],
) -> Answer:
    alert = await known(store, project, callback_data.alert)
    if alert is None:
        return GONE
    return await as_card(store, alert, project, now(), asks="snooze", edit=True) if alert.open else OVER


async def snoozed(
    _query: CallbackQuery,
    callback_data: SnoozeTap,
    event_from_user: User,
    store: Store,
    project: Project,
    quiet: Quiet,
    now: Callable[[], datetime],
) -> Answer:
    alert = await known(store, project, callback_data.alert)
    if alert is None:
        return GONE
    lasts = timedelta(minutes=min(max(callback_data.minutes, 0), _LONGEST // timedelta(minutes=1)))
    until = now() + lasts if lasts else morning(now(), quiet.zone)
    done = await store.alerts.snooze(alert.id, shown_name(event_from_user), until)
    if done is None:
        return OVER
    return await _told(store, done.id, project, now(), f"Snoozed until {day(until)}.")


async def storm_acknowledged(
    _query: CallbackQuery,
    callback_data: StormTap,
    event_from_user: User,
    store: Store,
    project: Project,
    now: Callable[[], datetime],
) -> Answer:
    try:
        storm = await store.ringing.storm(StormId(callback_data.storm), now())
    except LookupError:
        return GONE
    if storm.project_id != project.id:
        return GONE
    count = await store.ringing.acknowledge_storm(storm.id, shown_name(event_from_user), now())
    return Answer(toast=f"Acknowledged: {count}. No more reminders of them.")


def snoozed_until(word: str, now: datetime, quiet: Quiet) -> datetime | None:
    """`30m`, `2h`, `1d` or `tomorrow`, at most a week; None for anything else."""
    if word.lower() == TOMORROW:
        return morning(now, quiet.zone)
    found = _LENGTH.fullmatch(word.lower())
    lasts = int(found[1]) * _UNIT[found[2]] if found else timedelta()
    return now + lasts if timedelta() < lasts <= _LONGEST else None


async def _told(store: Store, alert: int, project: Project, now: datetime, toast: str) -> Answer:
    """The message that was tapped changes at once, also where it is not the alert's own card."""
    fresh = await known(store, project, alert)
    if fresh is None:
        return GONE
    return replace(await as_card(store, fresh, project, now, edit=True), toast=toast)


def setup() -> Router:
    router = Router(name="attend")
    router.message.register(acknowledge, Command("ack", ignore_case=True, ignore_mention=True))
    router.message.register(snooze, Command("snooze", ignore_case=True, ignore_mention=True))
    router.callback_query.register(acknowledge_tapped, AlertTap.filter(F.deed == Deed.ACKNOWLEDGE))
    router.callback_query.register(snooze_tapped, AlertTap.filter(F.deed == Deed.SNOOZE))
    router.callback_query.register(snoozed, SnoozeTap.filter())
    router.callback_query.register(storm_acknowledged, StormTap.filter())
    return router
