"""All alerts: the list, the card that gathers a storm, and what is told of those that are not there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.callbacks import AlertTap, Choice, Deed, Listed, MenuTap, PageTap, StormTap
from bot.cards.alert import SEVERITY_SIGN, lasting, often
from bot.cards.card import Button, Card, labelled
from bot.cards.paging import BY_NAME, page_of, turning
from pipeline.model.alert import Alert, Severity, Storm
from pipeline.model.states import RunState
from pipeline.wording.markup import GAP, clean, cut, joined, line, quote, room
from pipeline.wording.words import RUN_SIGN, WARNING, clock, day, roughly

_OVER = RUN_SIGN[RunState.SUCCEEDED]
_LABEL = 48
_WORST = 3


def alerts_card(
    project: str, lasting_: Sequence[Alert], ended: Sequence[Alert], now: datetime, number: int = 0
) -> Card:
    """Page `number`, from 0: those that last, critical ones first, then those that are over."""
    page = page_of([*lasting_, *ended], number)
    critical = sum(alert.critical for alert in lasting_)
    head = f"{_OVER} <b>No problem lasts</b>"
    if lasting_:
        sign = SEVERITY_SIGN[Severity.CRITICAL if critical else Severity.WARNING]
        head = f"{sign} <b>{counted(len(lasting_))} last{'' if len(lasting_) > 1 else 's'}</b>"
        head += f", {critical:,} critical" if critical else ""
    rows = [
        (Button(text=alert_label(alert), data=AlertTap(deed=Deed.OPEN, alert=alert.id).pack()),)
        for alert in page.items
    ]
    return Card(
        text=joined(
            f"{head} · {line(project, 63)}{page.place}",
            *([GAP] if page.items else []),
            *(alert_line(alert, now) for alert in page.items),
        ),
        rows=(*rows, *turning(page, lambda to: PageTap(of=Listed.ALERTS, page=to), BY_NAME)),
    )


def storm_card(storm: Storm, project: str, now: datetime) -> Card:
    where = f" · {line(project, 63)}"
    if storm.open == 0:
        until = storm.over_at or now
        head = joined(
            f"{_OVER} <b>Over: {counted(storm.total)}</b>{where}",
            f"From {day(storm.began_at)} to {day(until)}, for {roughly(until - storm.began_at)}."
            " They came quickly, so they are gathered here.",
        )
    else:
        sign = SEVERITY_SIGN[Severity.CRITICAL if storm.critical else Severity.WARNING]
        over = storm.total - storm.open
        nobody = "" if storm.unattended else "Acknowledged or snoozed: no reminders."
        head = joined(
            f"{sign} <b>{storm.open:,} more problem{'' if storm.open == 1 else 's'}</b>{where}",
            f"{storm.critical:,} critical · {over:,} over · since {day(storm.began_at)}"
            f"{f', for {said}' if (said := lasting(now - storm.began_at)) else ''}",
            "<b>What happened:</b> problems came so quickly that these are gathered here.",
            "<b>Production:</b> it is told with each problem.",
            "<b>Next:</b> /alerts lists all, critical ones first; one tap shows what to do.",
            nobody,
        )
    lines = [f"{_sign(alert)} {_named(alert)}" for alert in storm.alerts]
    attend = Button(text="Acknowledge all", data=StormTap(storm=storm.id).pack())
    every = Button(text="All alerts", data=MenuTap(choice=Choice.ALERTS).pack())
    buttons = (every, attend) if storm.unattended else (every,)
    return Card(
        text=joined(head, quote(lines, total=storm.total, budget=room(head))),
        rows=(buttons,) if storm.open else (),
    )


def in_status(open_: Sequence[Alert], now: datetime) -> str:
    """For the top of /status; empty where nothing lasts."""
    if not open_:
        return ""
    critical = sum(alert.critical for alert in open_)
    sign = SEVERITY_SIGN[Severity.CRITICAL if critical else Severity.WARNING]
    more = len(open_) - _WORST
    among = f", {critical:,} critical" if critical else ""
    return joined(
        f"{sign} <b>{counted(len(open_))}</b>{among}: /alerts",
        *(f"{_sign(alert)} {_named(alert)}{_span(alert, now)}" for alert in open_[:_WORST]),
        f"… and {more:,} more" if more > 0 else "",
    )


def no_alert(number: int, *, over: bool = False) -> Card:
    why = "is over" if over else "is not known"
    return Card(text=f"{WARNING} Alert {number} {why}. /alerts lists those that last.")


def attended_card(alert: Alert) -> Card:
    """The answer to a command."""
    if alert.acknowledged_at is not None:
        how = f"is acknowledged since {clock(alert.acknowledged_at)}: no more reminders, unless it comes back"
    else:
        until = day(alert.snoozed_until) if alert.snoozed_until else "later"
        how = f"is snoozed until {until}: no reminders before that, unless it becomes worse"
    title = line(alert.problem.title, 120)
    return Card(text=f"{_OVER} Alert {alert.id}, <b>{title}</b>, {how}. It is watched all the same.")


def counted(count: int) -> str:
    return f"{count:,} problem{'' if count == 1 else 's'}"


def alert_line(alert: Alert, now: datetime) -> str:
    came = f", came {said}" if (said := often(alert.times)) else ""
    if alert.over_at is not None:
        lasted = roughly(alert.over_at - alert.began_at)
        over = f"over since {day(alert.over_at)} after {lasted}{came}"
        return f"{_OVER} <b>{alert.id}</b> {_named(alert)}, {over}"
    seen_to = ""
    if alert.acknowledged_at is not None:
        seen_to = ", acknowledged"
    elif alert.snoozed(now):
        seen_to = ", snoozed"
    return f"{_sign(alert)} <b>{alert.id}</b> {_named(alert)}{_span(alert, now)}{came}{seen_to}"


def _span(alert: Alert, now: datetime) -> str:
    return f", for {said}" if (said := lasting(now - alert.began_at)) else f", since {clock(alert.began_at)}"


def _named(alert: Alert) -> str:
    service = f" · {line(alert.problem.service, 40)}" if alert.problem.service else ""
    return f"{line(alert.problem.title, 80)}{service}"


def _sign(alert: Alert) -> str:
    return SEVERITY_SIGN[alert.problem.severity] if alert.open else _OVER


def alert_label(alert: Alert) -> str:
    return labelled(f"{alert.id} {cut(clean(alert.problem.title), _LABEL)}")
