"""Schedules in words. HTML, pure."""

from __future__ import annotations

import re
from datetime import datetime

from pipeline.cron import OFF
from pipeline.model.schedule import Became, Moment, Scheduled, ScheduleName, SchedulePause, Timetable
from pipeline.model.states import RunState, StageState
from pipeline.wording.markup import GAP, code, joined, line
from pipeline.wording.pause import paused as all_paused
from pipeline.wording.words import KIND, PAUSED, RUN_SIGN, RUN_WORD, STAGE_SIGN, WARNING, age, day, span

TITLE = {
    ScheduleName.BACKUP: "Backup",
    ScheduleName.DRILL: "Restore drill",
    ScheduleName.ROLLBACK_DRILL: "Rollback drill",
    ScheduleName.DIGEST: "Digest",
}
NOT_TOLD = "The bot has not told its schedules yet: it does when it starts."
_DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_SHORT = {name[:3].lower(): name for name in _DAYS}
_WEEKDAYS = re.compile(r"[0-7a-z]+(-[0-7a-z]+)?")
_EXPRESSION = 60
_PROBLEM = 200


def in_words(expression: str) -> str:
    """`each Sunday at 03:30`; one that has no short name is shown as it is."""
    as_it_is = code(expression, _EXPRESSION)
    fields = expression.lower().split()
    if len(fields) != 5 or fields[3] != "*" or not fields[0].isdecimal():
        return as_it_is
    minute, hour, date, _, weekday = fields
    if hour == "*" and date == weekday == "*":
        return f"each hour at minute {int(minute)}"
    when = _which_days(date, weekday)
    if not hour.isdecimal() or when is None:
        return as_it_is
    return f"{when} at {int(hour):02}:{int(minute):02}"


def timetable(found: Timetable, project: str, now: datetime) -> str:
    return joined(
        f"<b>Schedules</b> · {line(project, 63)}",
        *([all_paused(found.paused, now)] if found.paused else []),
        *([] if found.each else [NOT_TOLD]),
        *(part for each in found.each for part in (GAP, *_schedule(each, now, rests=bool(found.paused)))),
    )


def paused_schedule(name: ScheduleName, pause: SchedulePause | None) -> str:
    """`pause` is the new one; None where it rested already."""
    if pause is None:
        return f"{TITLE[name]} is paused already."
    return f"{PAUSED} {TITLE[name]} is paused: its moments are left out until it is resumed."


def resumed_schedule(name: ScheduleName, pause: SchedulePause | None) -> str:
    """`pause` is the one that ended; None where it did not rest."""
    if pause is None:
        return f"{TITLE[name]} is not paused."
    sign, lasted = RUN_SIGN[RunState.RUNNING], ""
    if pause.ended_at:
        lasted = f" after {span(pause.ended_at - pause.began_at)}"
    return f"{sign} {TITLE[name]} is resumed{lasted}. It goes on with its next moment."


def _which_days(date: str, weekday: str) -> str | None:
    if weekday == "*":
        if date == "*":
            return "each day"
        return f"on day {int(date)} of each month" if date.isdecimal() else None
    named = [_weekday(part) for part in weekday.split(",")] if date == "*" else [None]
    return "each " + ", ".join(part for part in named if part) if all(named) else None


def _weekday(part: str) -> str | None:
    if not _WEEKDAYS.fullmatch(part):
        return None
    names = [
        _DAYS[int(word) % 7] if word.isdecimal() and len(word) == 1 else _SHORT.get(word, "")
        for word in part.split("-")
    ]
    return " to ".join(names) if all(names) else None


def _schedule(each: Scheduled, now: datetime, *, rests: bool) -> list[str]:
    head = f"<b>{TITLE[each.name]}</b>"
    if each.schedule.expression == OFF:
        return [f"{head} is off: {each.name.key} sets it"]
    return [
        f"{head} {in_words(each.schedule.expression)}",
        _next(each, now, rests=rests),
        *_last(each, now),
        *_missed(each.moment),
    ]


def _next(each: Scheduled, now: datetime, *, rests: bool) -> str:
    if each.paused is not None:
        since = f"{day(each.paused.began_at)} ({age(each.paused.began_at, now)})"
        return f"{PAUSED} Paused since {since} by {line(each.paused.began_by, 80)}"
    if each.next_at is None:
        return "It never comes again"
    ahead = f"{day(each.next_at)} (in {span(each.next_at - now)})"
    return f"Next {ahead}, if the pause is over by then" if rests else f"Next {ahead}"


def _last(each: Scheduled, now: datetime) -> list[str]:
    if each.kind is None:
        return [f"Last {day(each.told.moment)} ({age(each.told.moment, now)})"] if each.told else []
    if (run := each.last) is None:
        return [f"{STAGE_SIGN[StageState.PENDING]} No {KIND[each.kind].lower()} yet"]
    return [f"Last {RUN_SIGN[run.state]} run {run.id}, {RUN_WORD[run.state].lower()}, {age(run.at, now)}"]


def _missed(moment: Moment | None) -> list[str]:
    """The newest moment, where nothing came of it."""
    if moment is None:
        return []
    match moment.became:
        case Became.RESTED:
            return [f"Left out {day(moment.at)}: it was paused"]
        case Became.LEFT_OUT:
            return [f"{WARNING} Left out {day(moment.at)}: {line(moment.problem or 'unknown', _PROBLEM)}"]
        case Became.ASKED | Became.TOLD:
            return []
