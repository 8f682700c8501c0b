"""Looks at the remote every GIT_POLL_SECONDS."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.agenda import LOOK, Agenda
from bot.looking import Watch

JITTER = 0.1
"""Looks come earlier or later by up to this share of the time between two."""


@contextlib.asynccontextmanager
async def scheduled(
    watch: Watch | None, every: float, agenda: Agenda, *, jitter: float = JITTER
) -> AsyncIterator[None]:
    """`agenda` is told of the job. Looks at once, then every so many seconds, never two looks at a time;
    without a `watch`, never."""
    scheduler = AsyncIOScheduler(timezone=UTC)
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
    scheduler.start()
    try:
        yield
    finally:
        scheduler.shutdown(wait=False)
