"""What begins by itself: at each moment of a schedule a run is asked for, or a digest is made, once; also
where the bot was down at that moment, if that is not too long ago."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import assert_never

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger

from bot.agenda import Agenda
from pipeline.cancelling import pass_on_cancellation
from pipeline.cron import last_moment, newest_moment, trigger
from pipeline.model.errors import ActiveRun, PipelineError
from pipeline.model.release import ProjectId, RunId
from pipeline.model.schedule import KIND_OF, Became, ScheduleName
from pipeline.model.states import Source
from pipeline.scheduled import obstacle
from pipeline.store.connect import LOST
from pipeline.store.store import Store

BY = "the schedule"
PAUSES = (60.0, 300.0, 900.0, 3600.0, 3 * 3600.0)
"""Seconds before each further try, where another run is under way, there is nothing to do it with, or the
journal is away; then it is left for the next moment."""

_DAY = timedelta(days=1)

log = structlog.get_logger()


def late(name: ScheduleName) -> timedelta | None:
    """For how long a moment that the bot was down at is made up for; None: while the next is not nearer."""
    match name:
        case ScheduleName.BACKUP:
            return None
        case ScheduleName.DRILL | ScheduleName.ROLLBACK_DRILL:
            return _DAY
        case ScheduleName.DIGEST:
            return timedelta(hours=6)
    assert_never(name)


def due(when: CronTrigger, now: datetime, within: timedelta | None) -> datetime | None:
    """The newest moment, if it is not too late for it; `within` as of `late`."""
    if within is not None:
        return last_moment(when, now, within)
    moment = newest_moment(when, now)
    following = when.get_next_fire_time(None, now + timedelta(seconds=1))
    nearer = moment and following and following.astimezone(UTC) - now < now - moment
    return None if nearer else moment


class Routine:
    """One schedule of a project. Its tries are counted in this process only."""

    def __init__(
        self,
        *,
        store: Store,
        project: ProjectId,
        name: ScheduleName,
        expression: str,
        zone: tzinfo,
        now: Callable[[], datetime],
        pauses: Sequence[float] = PAUSES,
    ) -> None:
        self.name = name
        self.when = trigger(expression, zone)
        self.project = project
        self._store = store
        self._set = (expression, str(zone))
        self._now = now
        self._pauses = pauses
        self._tried: datetime | None = None
        self._tries = 0
        self._problem = ""
        self._one = asyncio.Lock()

    async def look(self) -> float | None:
        """One try at the newest moment. Seconds until it is to be tried again; None where there is nothing to
        do before the next moment. Nothing is raised."""
        async with self._one:
            now = self._now()
            moment = due(self.when, now, late(self.name)) if self.when else None
            try:
                since = await self._store.schedules.settle(self.project, self.name, *self._set, now)
                if self._tried not in (None, moment):
                    await self._leave_out()
                if moment is None or moment < since:
                    self._tries = 0
                    return None
                problem = await self._try(moment)
            except (PipelineError, *LOST) as error:
                pass_on_cancellation()
                problem = error.what if isinstance(error, PipelineError) else str(error)
            if problem is None:
                self._tried, self._tries = None, 0
                return None
            return await self._again(moment, problem)

    async def _again(self, moment: datetime | None, problem: str) -> float | None:
        if self._tried != moment:
            self._tries = 0
        self._tried, self._problem = moment, problem
        if self._tries < len(self._pauses):
            seconds = self._pauses[self._tries]
            self._tries += 1
            log.info("schedule_waits", **self._about(moment), problem=problem, seconds=seconds)
            return seconds
        try:
            await self._leave_out()
        except (PipelineError, *LOST) as error:
            pass_on_cancellation()
            log.warning("moment_not_noted", **self._about(moment), problem=str(error))
        return None

    async def _leave_out(self) -> None:
        moment, self._tries = self._tried, 0
        log.warning("schedule_left_out", **self._about(moment), problem=self._problem)
        if moment is not None:
            note = self._store.schedules.note
            await note(self.project, self.name, moment, Became.LEFT_OUT, problem=self._problem)
        self._tried = None

    async def _try(self, moment: datetime) -> str | None:
        """What stands in the way; None where the moment is settled. Raises JournalUnreachable, LOST."""
        store, project = self._store, self.project
        known = await store.schedules.moment(project, self.name, moment)
        if known is not None and known.became is not Became.LEFT_OUT:
            return None
        asked = await store.runs.asked_by(key_of(self.name, project, moment))
        if asked is not None:
            await self._note(moment, Became.ASKED, asked.id)
            return None
        if await store.pauses.rests(project, moment) or await store.schedules.rests(
            project, self.name, moment
        ):
            await self._note(moment, Became.RESTED)
            return None
        return await self._begin(moment)

    async def _begin(self, moment: datetime) -> str | None:
        store, project = self._store, self.project
        if (problem := await obstacle(store, project, self.name)) is not None:
            return problem
        kind = KIND_OF.get(self.name)
        if kind is None:
            before = newest_moment(self.when, moment - timedelta(seconds=1)) if self.when else None
            await store.digests.make(project, moment, before or moment - _DAY)
            await self._note(moment, Became.TOLD)
            return None
        try:
            key = key_of(self.name, project, moment)
            run = await store.runs.request(project, kind, source=Source.SCHEDULE, by=BY, key=key)
        except ActiveRun as error:
            return error.what
        await self._note(moment, Became.ASKED, run.id)
        return None

    async def _note(self, moment: datetime, became: Became, run: RunId | None = None) -> None:
        await self._store.schedules.note(self.project, self.name, moment, became, run=run)
        log.info("schedule_moment", **self._about(moment), became=became, run=run)

    def _about(self, moment: datetime | None) -> dict[str, str]:
        return {"schedule": self.name, "moment": f"{moment:%Y-%m-%d %H:%M}" if moment else "none"}


def key_of(name: ScheduleName, project: ProjectId, moment: datetime) -> str:
    """One a moment (in UTC): however often it is asked with, it is one run."""
    return f"{name}:{project}:{moment:%Y-%m-%dT%H:%MZ}"


@contextlib.asynccontextmanager
async def keeping(kept: Sequence[tuple[Agenda, Sequence[Routine]]]) -> AsyncIterator[None]:
    """Each looks at once, for a moment that the bot was down at, then at each of its own, however late, and
    again where something stood in its way. The agenda beside those of a project is told of their jobs."""
    scheduler = AsyncIOScheduler(timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True})

    async def look(routine: Routine) -> None:
        seconds = await routine.look()
        if seconds is not None:
            at(routine, timedelta(seconds=seconds))

    def at(routine: Routine, ahead: timedelta) -> None:
        again = f"{routine.project}:{routine.name} again"
        scheduler.add_job(
            look, "date", [routine], run_date=datetime.now(UTC) + ahead, id=again, replace_existing=True
        )

    for agenda, routine in [(agenda, routine) for agenda, routines in kept for routine in routines]:
        if routine.when is not None:
            job_id = f"{routine.project}:{routine.name}"
            agenda.note(routine.name, scheduler.add_job(look, routine.when, [routine], id=job_id))
        at(routine, timedelta())
    scheduler.start()
    try:
        yield
    finally:
        scheduler.shutdown(wait=False)
