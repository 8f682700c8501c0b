"""/restart SERVICE, and Restart on an alert. The worker does it; bot.inquiries tells what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Message, User

from bot.answer import Answer
from bot.auth import shown_name
from bot.callbacks import AlertTap, Deed, RestartTap
from bot.cards.help import refusal, usage
from bot.cards.paging import mark
from bot.cards.restart import restart_card, restarting_card
from bot.handlers.alerts import GONE, OVER, as_card, known
from bot.place import Place
from bot.requests import refused_tap
from pipeline.model.errors import PipelineError
from pipeline.model.inquiry import RestartWanted
from pipeline.model.release import Project
from pipeline.store.store import Store
from pipeline.wording.words import clock

SURE_WITHIN = timedelta(minutes=5)
"""A yes that comes later was meant for what was then."""

_RESTARTING = "Restarting…"
_ASKED = "Asked for already: this message tells what comes of it."
_TOO_LATE = Answer(
    toast="Nothing was restarted: this was asked more than 5 minutes ago. Ask again.", alert=True
)


class CannotRestart(PipelineError):
    """No such service, or not now."""


async def restart(
    _message: Message, command: CommandObject, store: Store, project: Project, now: Callable[[], datetime]
) -> Answer:
    words = (command.args or "").split()
    if len(words) != 1:
        return Answer(card=usage("restart", command.args or ""))
    try:
        await _check(store, project)
        found = await _named(store, project, lambda name: name == words[0], words[0])
    except PipelineError as error:
        return Answer(card=refusal(error))
    return Answer(card=restart_card(found, now()))


async def tapped(
    _query: CallbackQuery,
    callback_data: AlertTap,
    store: Store,
    project: Project,
    now: Callable[[], datetime],
) -> Answer:
    alert = await known(store, project, callback_data.alert)
    if alert is None or alert.problem.service is None:
        return GONE
    if not alert.open:
        return OVER
    try:
        await _check(store, project)
    except PipelineError as error:
        return refused_tap(error)
    return await as_card(store, alert, project, now(), asks="restart", edit=True)


async def confirmed(
    query: CallbackQuery,
    callback_data: RestartTap,
    event_from_user: User,
    store: Store,
    project: Project,
    place: Place,
    now: Callable[[], datetime],
) -> Answer:
    at, by = now(), shown_name(event_from_user)
    if abs(at.timestamp() - callback_data.asked) > SURE_WITHIN.total_seconds():
        return _TOO_LATE
    alert = await known(store, project, callback_data.alert) if callback_data.alert else None
    if callback_data.alert and (alert is None or alert.problem.service is None):
        return GONE
    try:
        await _check(store, project)
        if alert is not None and alert.problem.service is not None:
            service = alert.problem.service
        else:
            service = await _named(store, project, lambda name: mark(name) == callback_data.mark, "that")
    except PipelineError as error:
        return refused_tap(error)
    chat, topic, message = place.chat, place.topic, query.message.message_id if query.message else None
    key = f"restart:{chat}:{message}:{callback_data.asked}"  # of the question, whoever answers it how often
    wanted = RestartWanted(service=service, by=by, alert=alert.id if alert else None)
    if alert is None:
        if not await store.inquiries.ask(
            project.id, wanted, key=key, chat=chat, topic=topic, message=message
        ):
            return Answer(toast=_ASKED)
        return Answer(card=restarting_card(service, by, at), edit=True, toast=_RESTARTING)
    if alert.noted_at is None or alert.noted_at.timestamp() < callback_data.asked:  # not handled before
        note = f"{by} asked for a restart of {service} at {clock(at)}."
        await store.alerts.note(alert.id, note, at)
    anew = await store.inquiries.ask(project.id, wanted, key=key, chat=chat, topic=topic, message=message)
    fresh = await store.alerts.get(alert.id)
    return replace(await as_card(store, fresh, project, at, edit=True), toast=_RESTARTING if anew else _ASKED)


async def _check(store: Store, project: Project) -> None:
    run = await store.runs.active(project.id)
    if run is not None:
        raise CannotRestart(
            f"Run {run.id} ({run.kind}) is under way, and a restart would come in its way.",
            production="No service was restarted; the run goes on.",
            advice="Wait for its end, or call it off with /cancel; then ask again.",
        )


async def _named(store: Store, project: Project, fits: Callable[[str], bool], said: str) -> str:
    seen = await store.releases.observation(project.id)
    names = list(dict.fromkeys(each.service for each in seen.services)) if seen else []
    found = next(filter(fits, names), None)
    if found is None:
        listed = f"There are: {', '.join(sorted(names))}." if names else "The worker has not told of any."
        raise CannotRestart(
            f"There is no service {said[:60]!r}.",
            production="No service was restarted.",
            advice=f"{listed} It goes like this: /restart SERVICE",
        )
    return found


def setup() -> Router:
    router = Router(name="restart")
    router.message.register(restart, Command("restart", ignore_case=True, ignore_mention=True))
    router.callback_query.register(tapped, AlertTap.filter(F.deed == Deed.RESTART))
    router.callback_query.register(confirmed, RestartTap.filter())
    return router
