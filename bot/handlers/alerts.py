"""/alerts, its pages, and the buttons of an alert that show something or ask for a rollback."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message, User

from bot.alerting import offers_rollback
from bot.answer import Answer
from bot.callbacks import AlertBackTap, AlertTap, Choice, Deed, Listed, MenuTap, PageTap
from bot.cards.alert import Asks, alert_card
from bot.cards.alerts import alerts_card
from bot.cards.logs import LINES
from bot.cards.overview import Troubled, all_alerts_card
from bot.cards.way_back import choice_card
from bot.place import Place
from bot.requests import asked, go_back, refused_tap, tap_key
from bot.rights import looking, looking_at_all
from bot.served import Served
from pipeline.model.alert import Alert, AlertId
from pipeline.model.errors import PipelineError
from pipeline.model.inquiry import LogsWanted
from pipeline.model.release import Project
from pipeline.model.run import Run
from pipeline.model.states import Source
from pipeline.store.store import Store

_LATELY = timedelta(days=2)
_ENDED = 40

GONE = Answer(toast="This alert is not known any more. /alerts lists those there are.", alert=True)
OVER = Answer(toast="Nothing was done: this problem is over.", alert=True)
NOT_NOW = Answer(
    toast="Nothing was started. A rollback is offered while a critical problem of the application lasts, a"
    " previous release is there and no run is under way. /rollback asks in any case.",
    alert=True,
)


async def alerts(
    _message: Message, store: Store, about: Sequence[Served], now: Callable[[], datetime]
) -> Answer:
    return await _list_of(store, about, now())


async def menu_tapped(
    _query: CallbackQuery, store: Store, about: Sequence[Served], now: Callable[[], datetime]
) -> Answer:
    return await _list_of(store, about, now())


async def turned(
    _query: CallbackQuery,
    callback_data: PageTap,
    store: Store,
    project: Project,
    now: Callable[[], datetime],
) -> Answer:
    return await _list(store, project, now(), page=callback_data.page, edit=True)


async def shown(
    _query: CallbackQuery,
    callback_data: AlertTap,
    store: Store,
    project: Project,
    now: Callable[[], datetime],
) -> Answer:
    alert = await known(store, project, callback_data.alert)
    if alert is None:
        return GONE
    return await as_card(store, alert, project, now(), edit=callback_data.deed is Deed.SHOW)


async def logs(
    query: CallbackQuery, callback_data: AlertTap, store: Store, project: Project, place: Place
) -> Answer:
    alert = await known(store, project, callback_data.alert)
    if alert is None or alert.problem.service is None:
        return GONE
    wanted = LogsWanted(service=alert.problem.service, lines=LINES, file=True)
    key = tap_key(query)
    await store.inquiries.ask(project.id, wanted, key=key, chat=place.chat, topic=place.topic)
    return Answer(toast="Asking the worker…")


async def rollback(
    query: CallbackQuery,
    callback_data: AlertTap,
    event_from_user: User,
    store: Store,
    project: Project,
    now: Callable[[], datetime],
) -> Answer:
    """As /rollback to the previous release; the plan comes for approval as ever."""
    alert, key = await known(store, project, callback_data.alert), tap_key(query)
    if alert is None:
        return GONE
    if not alert.open:
        return OVER
    if await store.runs.asked_by(key) is None and not await offers_rollback(store, alert):
        return NOT_NOW
    by, source = event_from_user, Source.ALERT
    try:
        found = await go_back(store, project, by=by, key=key, now=now(), source=source)
    except PipelineError as error:
        return refused_tap(error)
    return asked(found) if isinstance(found, Run) else Answer(card=choice_card(found, now(), AlertBackTap))


async def known(store: Store, project: Project, number: int) -> Alert | None:
    try:
        alert = await store.alerts.get(AlertId(number))
    except LookupError:
        return None
    return alert if alert.project_id == project.id else None


async def as_card(
    store: Store,
    alert: Alert,
    project: Project,
    now: datetime,
    *,
    asks: Asks | None = None,
    edit: bool = False,
) -> Answer:
    back = await offers_rollback(store, alert)
    return Answer(card=alert_card(alert, project.name, now, rollback=back, asks=asks), edit=edit)


async def _list_of(store: Store, about: Sequence[Served], now: datetime) -> Answer:
    if len(about) == 1:
        return await _list(store, about[0].project, now)
    found = [
        Troubled(project_id=served.id, name=served.name, lasting=await store.alerts.open(served.id))
        for served in about
    ]
    return Answer(card=all_alerts_card(found, now))


async def _list(
    store: Store, project: Project, now: datetime, *, page: int = 0, edit: bool = False
) -> Answer:
    lasting = await store.alerts.open(project.id)
    ended = await store.alerts.ended(project.id, now - _LATELY, _ENDED)
    return Answer(card=alerts_card(project.name, lasting, ended, now, page), edit=edit)


def setup() -> Router:
    router = Router(name="alerts")
    router.message.register(
        alerts, Command("alerts", ignore_case=True, ignore_mention=True), flags=looking_at_all()
    )
    tapped = router.callback_query.register
    tapped(menu_tapped, MenuTap.filter(F.choice == Choice.ALERTS), flags=looking_at_all())
    tapped(turned, PageTap.filter(F.of == Listed.ALERTS), flags=looking())
    tapped(shown, AlertTap.filter(F.deed.in_({Deed.OPEN, Deed.SHOW})), flags=looking())
    tapped(logs, AlertTap.filter(F.deed == Deed.LOGS), flags=looking())
    tapped(rollback, AlertTap.filter(F.deed == Deed.BACK))
    return router
