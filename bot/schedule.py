"""Looks at the remote every GIT_POLL_SECONDS; at the moments of DRILL_CRON a drill is asked for."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.agenda import DRILL, LOOK, Agenda
from bot.drills import Drills
from bot.looking import Watch

JITTER = 0.1
"""Looks come earlier or later by up to this share of the time between two."""


@contextlib.asynccontextmanager
async def scheduled(
    watch: Watch | None,
    every: float,
    drills: Drills | None = None,
    agenda: Agenda | None = None,
    *,
    jitter: float = JITTER,
) -> AsyncIterator[None]:
    """`agenda` is told of the jobs. Looks at once, then every so many seconds, never two looks at a
    time; without a `watch`, never.

    The drills too look at once, for a moment that the bot was down at, then at each of theirs, however late.
    """
    scheduler = AsyncIOScheduler(timezone=UTC)
    agenda = agenda or Agenda()
    if watch is not None:
        looks = scheduler.add_job(
            watch.look,
            "interval",
            seconds=every,
            jitter=every * jitter,
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,
            next_run_time=datetime.now(UTC),
        )
        agenda.note(LOOK, looks)
    if drills is not None:
        drilled = scheduler.add_job(
            drills.look,
            drills.when,
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,
            next_run_time=datetime.now(UTC),
        )
        agenda.note(DRILL, drilled)
    scheduler.start()
    try:
        yield
    finally:
        scheduler.shutdown(wait=False)
