"""Schedules: how they are set, which of them rest, and what became of their moments."""

from __future__ import annotations

from datetime import datetime

import asyncpg

from pipeline.model.release import ProjectId, RunId
from pipeline.model.schedule import Became, LastRun, Moment, Schedule, ScheduleName, SchedulePause
from pipeline.model.states import RunKind, RunState
from pipeline.store.queries import load, one

_SQL = load("schedules")


class Schedules:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def settle(
        self, project: ProjectId, name: ScheduleName, expression: str, zone: str, now: datetime
    ) -> datetime:
        """Tells how it is set; since when it is so."""
        since: datetime = (
            await one(self._pool, _SQL["settle_schedule"], project, name, expression, zone, now)
        )["since"]
        return since

    async def all(self, project: ProjectId) -> list[Schedule]:
        """As the bot told them, in the order of ScheduleName; none before it has started once. One of a newer
        bot that is not known here is left out."""
        rows = {row["name"]: row for row in await self._pool.fetch(_SQL["schedules"], project)}
        return [
            Schedule(**{**dict(rows[name.value]), "name": name})
            for name in ScheduleName
            if name.value in rows
        ]

    async def pause(self, project: ProjectId, name: ScheduleName, by: str) -> SchedulePause | None:
        """None where it rests already."""
        return _pause(await self._pool.fetchrow(_SQL["pause_schedule"], project, name, by))

    async def resume(self, project: ProjectId, name: ScheduleName, by: str) -> SchedulePause | None:
        """The pause that was open, with its end; None where none was."""
        return _pause(await self._pool.fetchrow(_SQL["resume_schedule"], project, name, by))

    async def resting(self, project: ProjectId) -> dict[ScheduleName, SchedulePause]:
        """Those that rest by themselves; a pause of everything is another thing (store.pauses)."""
        names = {name.value for name in ScheduleName}
        rows = await self._pool.fetch(_SQL["resting_schedules"], project)
        found = [pause for row in rows if row["schedule"] in names and (pause := _pause(row))]
        return {pause.schedule: pause for pause in found}

    async def rests(self, project: ProjectId, name: ScheduleName, moment: datetime) -> bool:
        """Whether this moment is left out: the schedule rests now, or did then."""
        rests: bool = await self._pool.fetchval(_SQL["schedule_rests"], project, name, moment)
        return rests

    async def moment(self, project: ProjectId, name: ScheduleName, at: datetime) -> Moment | None:
        row = await self._pool.fetchrow(_SQL["moment"], project, name, at)
        return _moment(row) if row else None

    async def note(
        self,
        project: ProjectId,
        name: ScheduleName,
        at: datetime,
        became: Became,
        *,
        run: RunId | None = None,
        problem: str | None = None,
    ) -> None:
        """What became of a moment; only one that was left out is noted anew."""
        await self._pool.execute(_SQL["note_moment"], project, name, at, became, run, problem)

    async def newest_moments(self, project: ProjectId) -> dict[ScheduleName, Moment]:
        names = {name.value for name in ScheduleName}
        rows = await self._pool.fetch(_SQL["newest_moments"], project)
        found = [_moment(row) for row in rows if row["schedule"] in names]
        return {moment.schedule: moment for moment in found}

    async def newest_run(self, project: ProjectId, kind: RunKind) -> LastRun | None:
        """The newest of a kind, whoever asked for it."""
        row = await self._pool.fetchrow(_SQL["newest_of_kind"], project, kind)
        return LastRun(id=row["id"], state=RunState(row["state"]), at=row["at"]) if row else None


def _pause(row: asyncpg.Record | None) -> SchedulePause | None:
    return SchedulePause(**{**dict(row), "schedule": ScheduleName(row["schedule"])}) if row else None


def _moment(row: asyncpg.Record) -> Moment:
    return Moment(
        schedule=ScheduleName(row["schedule"]),
        at=row["moment"],
        became=Became(row["became"]),
        run_id=row["run_id"],
        problem=row["problem"],
    )
