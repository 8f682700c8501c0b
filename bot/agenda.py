"""When what the bot does by itself comes next."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from bot.cards.status import Next
from pipeline.model.schedule import ScheduleName
from pipeline.wording.schedule import TITLE

LOOK = "look for pushes"


class Job(Protocol):
    """A job of the scheduler; it knows no time once it has none."""

    next_run_time: datetime | None


class Agenda:
    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}

    def note(self, name: str, job: Job) -> None:
        self._jobs[name] = job

    def at(self, name: str) -> datetime | None:
        """The next time of one; None where it never comes."""
        return getattr(self._jobs.get(name), "next_run_time", None)

    def next(self, resting: Collection[str] = ()) -> list[Next]:
        """Soonest first; `resting` names those that are paused."""
        known = [(name, self.at(name)) for name in self._jobs]
        found = [Next(name=_shown(name), at=at, paused=name in resting) for name, at in known if at]
        return sorted(found, key=lambda each: each.at)


def _shown(name: str) -> str:
    return TITLE[name].lower() if isinstance(name, ScheduleName) else name
