"""The card of an alert over its life, and the short message that makes the phone ring for it again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from bot.callbacks import AlertTap, Deed, RestartTap, SnoozeTap
from bot.cards.card import Button, Card, labelled
from bot.cards.paging import mark
from pipeline.model.alert import Alert, Nudge, Severity, Storm, Why
from pipeline.model.states import RunState
from pipeline.wording.markup import advice, clean, cut, joined, line, quote, room, told_of_production
from pipeline.wording.words import ANSWER_WANTED, REMINDER, RUN_SIGN, WARNING, clock, day, roughly

HOUR, EIGHT_HOURS, MORNING = 60, 480, 0
"""Minutes that the buttons offer; the last one means until the morning."""

Asks = Literal["restart", "snooze"]
Row = tuple[Button, ...]

SEVERITY_SIGN = {Severity.CRITICAL: RUN_SIGN[RunState.BROKEN], Severity.WARNING: WARNING}
_WORD = {Severity.CRITICAL: "Critical", Severity.WARNING: "Warning"}
_OVER = RUN_SIGN[RunState.SUCCEEDED]
_GONE = (
    "<b>Production:</b> this is seen no more.\n"
    "<b>Next:</b> nothing. Should it come back within the hour, this message tells so and rings."
)
_STEPS = [timedelta(minutes=minutes) for minutes in (5, 15, 30)]
_MANY = 100


def alert_card(
    alert: Alert, project: str, now: datetime, *, rollback: bool = False, asks: Asks | None = None
) -> Card:
    """`rollback`: going back may mend it and can be asked for. `asks`: what wants one tap more."""
    problem = alert.problem
    sign, word = (SEVERITY_SIGN[problem.severity], _WORD[problem.severity]) if alert.open else (_OVER, "Over")
    service = f" · {line(problem.service, 60)}" if problem.service else ""
    above = joined(
        f"{sign} <b>{word}: {line(problem.title, 120)}</b> · {line(project, 63)}{service}",
        _figures(alert, now),
        f"<b>What happened:</b> {line(problem.what, 700)}",
        told_of_production(problem.production) if alert.open else "",
        f"<b>Next:</b> {advice(problem.advice)}" if alert.open else _GONE,
        _seen_to(alert, now),
        f"<b>Done:</b> {line(alert.note, 400)}" if alert.note else "",
        _question(alert, asks) if alert.open else "",
    )
    details = [line(detail, 300) for detail in problem.details]
    return Card(
        text=joined(above, quote(details, total=len(details), budget=room(above))),
        rows=_rows(alert, now, rollback=rollback, asks=asks) if alert.open else (),
    )


def nudge_card(nudge: Nudge, about: Alert | Storm) -> Card:
    """It says nothing that changes, so it is never edited."""
    if isinstance(about, Storm):
        what, ways = "What is gathered above", "/alerts lists it."
    else:
        what, ways = line(about.problem.title, 120), f"See above, or write /ack {about.id}."
    match nudge.why:
        case Why.REMINDER:
            lasts = roughly(nudge.made_at - about.began_at)
            return Card(
                text=f"{REMINDER} <b>{what}</b> lasts, for {lasts} now, and nobody sees to it. {ways}"
            )
        case Why.BACK:
            sign = WARNING if isinstance(about, Storm) else SEVERITY_SIGN[about.problem.severity]
            return Card(text=f"{sign} <b>{what}</b> is back. {ways}")
        case Why.CRITICAL if isinstance(about, Storm):
            return Card(
                text=f"{SEVERITY_SIGN[Severity.CRITICAL]} <b>Critical:</b> so is one of those gathered above."
                f" {ways}"
            )
        case Why.CRITICAL:
            return Card(text=f"{SEVERITY_SIGN[Severity.CRITICAL]} <b>Critical now:</b> {what}. {ways}")


def lasting(taken: timedelta) -> str:
    """In coarse steps, so that a card is not edited for it all the time: `5 min`, `15 min`, `30 min`, `2 h`,
    `3 d`; empty below the first."""
    if taken >= timedelta(hours=1):
        return roughly(taken)
    reached = [step for step in _STEPS if step <= taken]
    return roughly(reached[-1]) if reached else ""


def often(times: int) -> str:
    """`3 times`, `more than 1,200 times`; empty for once."""
    if times <= 1:
        return ""
    if times < _MANY:
        return f"{times} times"
    step = int(10 ** (len(str(times)) - 2))
    return f"more than {(times - 1) // step * step:,} times"


def _figures(alert: Alert, now: datetime) -> str:
    came = f" · came {said}" if (said := often(alert.times)) else ""
    if alert.over_at is not None:
        lasted = roughly(max(alert.over_at - alert.began_at, timedelta()))
        return f"Alert {alert.id} · from {day(alert.began_at)} to {day(alert.over_at)}, for {lasted}{came}"
    span = f", for {said}" if (said := lasting(now - alert.began_at)) else ""
    last = f", last at {clock(alert.last_at)}" if came and alert.last_at > alert.began_at else ""
    return f"Alert {alert.id} · since {day(alert.began_at)}{span}{came}{last}"


def _seen_to(alert: Alert, now: datetime) -> str:
    said = []
    if alert.acknowledged_at is not None:
        by = line(alert.acknowledged_by or "somebody", 80)
        said.append(f"Acknowledged by {by} at {clock(alert.acknowledged_at)}: no more reminders.")
    elif alert.open and alert.snoozed(now) and alert.snoozed_until is not None:
        by = line(alert.snoozed_by or "somebody", 80)
        said.append(f"Snoozed by {by} until {day(alert.snoozed_until)}: no reminders before that.")
    return joined(*said)


def _question(alert: Alert, asks: Asks | None) -> str:
    match asks:
        case "restart":
            return (
                f"{ANSWER_WANTED} <b>Restart {line(alert.problem.service or '', 60)}?</b> Its container is"
                " stopped and started again; meanwhile it serves nobody. The release stays the same."
            )
        case "snooze":
            return f"{ANSWER_WANTED} <b>For how long?</b> It is watched on, and rings if it becomes worse."
        case None:
            return ""


def _rows(alert: Alert, now: datetime, *, rollback: bool, asks: Asks | None) -> tuple[Row, ...]:
    keep = Button(text="« No, back", data=AlertTap(deed=Deed.SHOW, alert=alert.id).pack())
    if asks == "restart" and alert.problem.service:
        asked = int(now.timestamp())
        tap = RestartTap(alert=alert.id, mark=mark(alert.problem.service), asked=asked)
        return ((Button(text=_restart(alert.problem.service), data=tap.pack(), style="danger"), keep),)
    if asks == "snooze":
        hour, eight, morning = (
            Button(text=text, data=SnoozeTap(alert=alert.id, minutes=minutes).pack())
            for text, minutes in (("1 h", HOUR), ("8 h", EIGHT_HOURS), ("Until tomorrow 8:00", MORNING))
        )
        return ((hour, eight), (morning, keep))
    back = (_button("Roll back", Deed.BACK, alert, danger=True),) if rollback else ()
    of_service = (_button("Logs", Deed.LOGS, alert), _button("Restart", Deed.RESTART, alert))
    first = (*back, *(of_service if alert.problem.service else ()))
    acknowledge = (_button("Acknowledge", Deed.ACKNOWLEDGE, alert),) if not alert.acknowledged_at else ()
    snooze = (_button("Snooze", Deed.SNOOZE, alert),) if not alert.attended(now) else ()
    return tuple(row for row in (first, (*acknowledge, *snooze)) if row)


def _restart(service: str) -> str:
    return labelled(f"Restart {cut(clean(service), 40)}")


def _button(text: str, deed: Deed, alert: Alert, *, danger: bool = False) -> Button:
    style: Literal["danger"] | None = "danger" if danger else None
    return Button(text=text, data=AlertTap(deed=deed, alert=alert.id).pack(), style=style)
