"""What begins by itself: when it comes next, whether it rests, what came of it last."""

from __future__ import annotations

from datetime import datetime

from bot.callbacks import ScheduleDeed, ScheduleTap
from bot.cards.card import Button, Card
from bot.cards.paging import Row
from pipeline.cron import OFF
from pipeline.model.schedule import Scheduled, Timetable
from pipeline.wording.schedule import TITLE, timetable


def schedules_card(found: Timetable, project: str, now: datetime) -> Card:
    return Card(
        text=timetable(found, project, now),
        rows=tuple(_row(each) for each in found.each if each.schedule.expression != OFF),
    )


def _row(each: Scheduled) -> Row:
    title = TITLE[each.name].lower()
    rest, word = (ScheduleDeed.RESUME, "Resume") if each.paused else (ScheduleDeed.PAUSE, "Pause")
    row = (Button(text=f"{word} {title}", data=ScheduleTap(schedule=each.name, deed=rest).pack()),)
    if each.kind is None:
        return row
    return (
        *row,
        Button(text=f"Run {title} now", data=ScheduleTap(schedule=each.name, deed=ScheduleDeed.RUN).pack()),
    )
