"""Pauses: while one is open, nothing is asked and nothing begins by itself."""

from __future__ import annotations

from datetime import datetime

import asyncpg

from pipeline.model.pause import Pause
from pipeline.model.release import ProjectId
from pipeline.store.queries import load

_SQL = load("pauses")


class Pauses:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def begin(self, project: ProjectId, by: str, reason: str | None = None) -> Pause | None:
        """None where one is open already: that one stays as it is."""
        return _pause(await self._pool.fetchrow(_SQL["begin_pause"], project, by, reason))

    async def end(self, project: ProjectId, by: str) -> Pause | None:
        """The one that was open, with its end; None where none was."""
        return _pause(await self._pool.fetchrow(_SQL["end_pause"], project, by))

    async def current(self, project: ProjectId) -> Pause | None:
        """The one that is open."""
        return _pause(await self._pool.fetchrow(_SQL["open_pause"], project))

    async def rests(self, project: ProjectId, moment: datetime) -> bool:
        """Whether what was to begin by itself at this moment is left out: it is paused now, or was then."""
        rests: bool = await self._pool.fetchval(_SQL["rests"], project, moment)
        return rests


def _pause(row: asyncpg.Record | None) -> Pause | None:
    return Pause(**dict(row)) if row else None
