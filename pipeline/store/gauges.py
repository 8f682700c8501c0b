"""What the journal holds now, counted."""

from __future__ import annotations

from collections import defaultdict

import asyncpg
from pydantic import TypeAdapter

from pipeline.model.alert import Severity
from pipeline.model.release import Observation, ProjectId
from pipeline.model.snapshot import BOUNDS, Kept, LastRun, Serving, Snapshot, StageTimes, Waiting
from pipeline.model.states import RunKind, RunState, StageName
from pipeline.store.queries import load

_SQL = load("gauges")
_OBSERVATION = TypeAdapter(Observation)
_KINDS = [str(kind) for kind in RunKind]


class Gauges:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def snapshot(self, project: ProjectId) -> Snapshot:
        """By one look at the journal. Raises LookupError for a project that is not there."""
        async with (
            self._pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            head = await connection.fetchrow(_SQL["serving"], project)
            runs = await connection.fetch(_SQL["run_counts"], project)
            last = await connection.fetch(_SQL["last_runs"], project, _KINDS)
            waiting = await connection.fetchrow(_SQL["waiting"], project)
            owed = await connection.fetchrow(_SQL["owed"], project)
            alerts = await connection.fetch(_SQL["alert_counts"], project)
            backups = await connection.fetchrow(_SQL["backup_counts"], project)
        if head is None:
            raise LookupError(f"no project {project}")
        return Snapshot(
            at=head["at"],
            project=head["project"],
            branch=head["branch"],
            live=_serving(head, "live"),
            previous=_serving(head, "previous"),
            runs={(RunKind(row["kind"]), RunState(row["state"])): row["count"] for row in runs},
            last=[_last(row) for row in last],
            waiting=Waiting(**dict(waiting or {}), **dict(owed or {})),
            alerts={Severity(row["severity"]): row["count"] for row in alerts},
            backups=Kept(**dict(backups or {})),
            seen=_OBSERVATION.validate_json(head["seen"]) if head["seen"] else None,
            paused_since=head["paused_since"],
        )

    async def stages(self, project: ProjectId) -> dict[StageName, StageTimes]:
        """Reads every stage of the past."""
        counts: dict[StageName, list[int]] = defaultdict(lambda: [0] * (len(BOUNDS) + 1))
        seconds: dict[StageName, float] = defaultdict(float)
        for row in await self._pool.fetch(_SQL["stage_times"], project, list(BOUNDS)):
            stage = StageName(row["name"])
            counts[stage][row["longer_than"]] += row["count"]
            seconds[stage] += row["seconds"]
        return {
            stage: StageTimes(counts=tuple(counts[stage]), seconds=seconds[stage])
            for stage in StageName
            if stage in counts
        }


def _serving(row: asyncpg.Record, name: str) -> Serving | None:
    if row[f"{name}_id"] is None:
        return None
    return Serving(
        release=row[f"{name}_id"],
        sha=row[f"{name}_sha"],
        branch=row[f"{name}_branch"],
        since=row[f"{name}_since"],
    )


def _last(row: asyncpg.Record) -> LastRun:
    return LastRun(kind=RunKind(row["kind"]), state=RunState(row["state"]), at=row["at"], took=row["took"])
