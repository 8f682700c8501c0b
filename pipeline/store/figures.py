"""What the journal tells of production over time."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import asyncpg

from pipeline.model.figures import BackupPoint, Change, Committed, DeployPoint, Past, Trouble
from pipeline.model.release import ProjectId
from pipeline.model.states import RunKind, RunState, Source, StageName
from pipeline.store.queries import load

MOST = 2000
"""So many deploys, and as many backups, are looked at."""

_SQL = load("figures")


class Figures:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def past(self, project: ProjectId, since: datetime, *, commits_since: datetime) -> Past:
        """All since a moment, by one look at the journal; the commits of deploys only from another on."""
        async with (
            self._pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            changes = await connection.fetch(_SQL["changes"], project, since, commits_since)
            troubles = await connection.fetch(_SQL["troubles"], project, since)
            began_at = await connection.fetchval(_SQL["first_run"], project)
            deploys = await connection.fetch(_SQL["deploys"], project, since, MOST)
            backups = await connection.fetch(_SQL["backup_sizes"], project, since, MOST)
        return Past(
            began_at=began_at,
            changes=[_change(row) for row in changes],
            troubles=[Trouble(**dict(row)) for row in troubles],
            deploys=[_deploy(row) for row in deploys],
            backups=[BackupPoint(**dict(row)) for row in backups],
        )


def _change(row: asyncpg.Record) -> Change:
    return Change(
        run=row["run"],
        kind=RunKind(row["kind"]),
        state=RunState(row["state"]),
        source=Source(row["source"]),
        began_at=row["began_at"],
        ended_at=row["ended_at"],
        live_release_id=row["live_release_id"],
        release_id=row["release_id"],
        commits=_commits(json.loads(row["commits"])) if row["commits"] else None,
    )


def _commits(told: dict[str, Any]) -> tuple[Committed, ...] | None:
    """None where their times were not written down yet, or where it is not known which of all the commits of
    the branch are new: nothing known was live."""
    shas, times = told["shas"] or [], told["at"]
    if times is None or len(times) != len(shas) or told["unrelated"]:
        return None
    return tuple(
        Committed(sha=sha, at=datetime.fromisoformat(at)) for sha, at in zip(shas, times, strict=True)
    )


def _deploy(row: asyncpg.Record) -> DeployPoint:
    took = json.loads(row["seconds"])
    seconds = {stage: float(took[stage]) for stage in StageName if stage in took}
    return DeployPoint(**{**dict(row), "seconds": seconds})
