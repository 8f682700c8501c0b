"""Looks at the remote of each project every GIT_POLL_SECONDS."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.agenda import LOOK, Agenda
from bot.looking import Watch

JITTER = 0.1
"""Looks come earlier or later by up to this share of the time between two."""


@dataclass(frozen=True, kw_only=True)
class Looks:
    """At one project, `every` so many seconds; `agenda` is told of the job."""

    watch: Watch
    every: float
    agenda: Agenda
    jitter: float = JITTER


@contextlib.asynccontextmanager
async def scheduled(all_looks: Iterable[Looks]) -> AsyncIterator[None]:
    """Each looks at once, then every so many seconds, never two looks of one at a time."""
    scheduler = AsyncIOScheduler(timezone=UTC)
    for looks in all_looks:
        job = scheduler.add_job(
            looks.watch.look,
            "interval",
            seconds=looks.every,
            jitter=looks.every * looks.jitter,
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,
            next_run_time=datetime.now(UTC),
        )
        looks.agenda.note(LOOK, job)
    scheduler.start()
    try:
        yield
    finally:
        scheduler.shutdown(wait=False)
