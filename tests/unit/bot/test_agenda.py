from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.agenda import Agenda
from bot.cards.status import Next
from pipeline.model.schedule import ScheduleName
from tests.unit.bot.samples import after


@dataclass
class Job:
    next_run_time: datetime | None


def test_soonest_first_and_without_what_has_no_time() -> None:
    agenda = Agenda()
    assert agenda.next() == []
    drill = Job(after(500))
    agenda.note("checks", drill)
    agenda.note("look for pushes", Job(after(60)))
    agenda.note("ended", Job(None))
    assert agenda.next() == [
        Next(name="look for pushes", at=after(60)),
        Next(name="checks", at=after(500)),
    ]
    drill.next_run_time = after(10)
    assert agenda.next()[0] == Next(name="checks", at=after(10))
    agenda.note(ScheduleName.DRILL, Job(after(5)))
    assert agenda.next()[0] == Next(name="restore drill", at=after(5))
    assert agenda.next({ScheduleName.DRILL})[0] == Next(name="restore drill", at=after(5), paused=True)
    assert (agenda.at("checks"), agenda.at("ended"), agenda.at("unknown")) == (after(10), None, None)
