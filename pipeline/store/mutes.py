"""Mutes: while one is in force, no push is asked about."""

from __future__ import annotations

from datetime import datetime

import asyncpg

from pipeline.model.push import Mute
from pipeline.model.release import ProjectId
from pipeline.store.queries import load

_SQL = load("mutes")


class Mutes:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def begin(self, project: ProjectId, by: str, at: datetime, until: datetime | None) -> Mute:
        """In the place of one that is open."""
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(_SQL["end_mute"], project, by, at)
            row = await connection.fetchrow(_SQL["begin_mute"], project, by, at, until)
        if row is None:
            raise LookupError(f"no mute of project {project} was begun")
        return _mute(row)

    async def end(self, project: ProjectId, by: str, at: datetime) -> Mute | None:
        """None where none was in force."""
        row = await self._pool.fetchrow(_SQL["end_mute"], project, by, at)
        return _mute(row) if row and (row["until"] is None or row["until"] > at) else None

    async def current(self, project: ProjectId, at: datetime) -> Mute | None:
        row = await self._pool.fetchrow(_SQL["mute_in_force"], project, at)
        return _mute(row) if row else None


def _mute(row: asyncpg.Record) -> Mute:
    return Mute(
        began_at=row["began_at"],
        began_by=row["began_by"],
        until=row["until"],
        ended_at=row["ended_at"],
        ended_by=row["ended_by"],
    )
