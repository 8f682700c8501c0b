"""Schedules as they stand: when each comes next, whether it rests, what came of it last."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from pipeline.cron import trigger
from pipeline.model.release import ProjectId
from pipeline.model.schedule import KIND_OF, Schedule, Scheduled, ScheduleName, Timetable
from pipeline.store.store import Store


async def timetable(store: Store, project: ProjectId, now: datetime) -> Timetable:
    resting = await store.schedules.resting(project)
    moments = await store.schedules.newest_moments(project)
    each = []
    for schedule in await store.schedules.all(project):
        kind = KIND_OF.get(schedule.name)
        each.append(
            Scheduled(
                schedule=schedule,
                next_at=next_moment(schedule, now),
                paused=resting.get(schedule.name),
                last=await store.schedules.newest_run(project, kind) if kind else None,
                told=await store.digests.newest(project) if schedule.name is ScheduleName.DIGEST else None,
                moment=moments.get(schedule.name),
            )
        )
    return Timetable(each=each, paused=await store.pauses.current(project))


def next_moment(schedule: Schedule, now: datetime) -> datetime | None:
    """In UTC; None where it is off."""
    when = trigger(schedule.expression, ZoneInfo(schedule.zone))
    at = when.get_next_fire_time(None, now) if when else None
    return at.astimezone(UTC) if at else None


async def obstacle(store: Store, project: ProjectId, name: ScheduleName) -> str | None:
    """Why there is nothing that this schedule could do now, as a sentence."""
    match name:
        case ScheduleName.DRILL:
            if await store.releases.newest_usable_backup(project) is None:
                return "There is no backup that could be proven."
        case ScheduleName.ROLLBACK_DRILL:
            if (await store.releases.kept(project)).previous is None:
                return "There is no release before the live one that could be tried."
    return None
