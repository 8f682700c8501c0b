"""Asks for a drill at each moment of DRILL_CRON, once, also where the bot was down at that moment.

A moment in a pause is left out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog
from apscheduler.triggers.cron import CronTrigger

from pipeline.cancelling import pass_on_cancellation
from pipeline.cron import last_moment
from pipeline.model.errors import ActiveRun, PipelineError
from pipeline.model.release import ProjectId
from pipeline.model.states import RunKind, Source
from pipeline.store.connect import LOST
from pipeline.store.store import Store

BY = "the schedule"
PAUSES = (60.0, 300.0, 900.0, 3600.0, 3 * 3600.0)
"""Seconds before each further try, where another run is under way, there is nothing to prove, or the journal
is away; then it is left for the next moment."""

LATE = timedelta(days=1)
"""For so long a moment that the bot was down at is made up for."""

log = structlog.get_logger()


class Drills:
    def __init__(
        self,
        *,
        store: Store,
        project: ProjectId,
        when: CronTrigger,
        now: Callable[[], datetime],
        pauses: Sequence[float] = PAUSES,
    ) -> None:
        self._store = store
        self._project = project
        self._now = now
        self._pauses = pauses
        self.when = when

    async def look(self) -> None:
        """Asks for the drill of the newest moment, unless it was asked for already. Nothing is raised."""
        moment = last_moment(self.when, self._now(), LATE)
        if moment is None:
            return
        for pause in (*self._pauses, None):
            try:
                problem = await self._ask(moment)
            except (PipelineError, *LOST) as error:
                pass_on_cancellation()
                problem = error.what if isinstance(error, PipelineError) else str(error)
            if problem is None:
                return
            if pause is None:
                log.warning("drill_left_out", moment=f"{moment:%Y-%m-%d %H:%M}", problem=problem)
                return
            log.info("drill_waits", moment=f"{moment:%Y-%m-%d %H:%M}", problem=problem, seconds=pause)
            await asyncio.sleep(pause)

    async def _ask(self, moment: datetime) -> str | None:
        """What stands in the way; None where it is asked for, or rests. Raises JournalUnreachable, LOST."""
        key = key_of(self._project, moment)
        if await self._store.runs.asked_by(key) is not None:
            return None
        if await self._store.pauses.rests(self._project, moment):
            log.info("drill_rests", moment=f"{moment:%Y-%m-%d %H:%M}")
            return None
        if await self._store.releases.newest_usable_backup(self._project) is None:
            return "there is no backup to prove"
        try:
            run = await self._store.runs.request(
                self._project, RunKind.DRILL, source=Source.SCHEDULE, by=BY, key=key
            )
        except ActiveRun as error:
            return error.what
        log.info("drill_asked_for", moment=f"{moment:%Y-%m-%d %H:%M}", run=run.id)
        return None


def key_of(project: ProjectId, moment: datetime) -> str:
    """One a moment (in UTC): however often it is asked with, it is one run."""
    return f"drill:{project}:{moment:%Y-%m-%dT%H:%MZ}"
