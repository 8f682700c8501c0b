"""When what the bot does by itself comes next."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from bot.cards.status import Next

LOOK = "look for pushes"
DRILL = "drill"


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

    def next(self) -> list[Next]:
        """Soonest first."""
        known = [(name, self.at(name)) for name in self._jobs]
        return sorted((Next(name=name, at=at) for name, at in known if at), key=lambda each: each.at)
