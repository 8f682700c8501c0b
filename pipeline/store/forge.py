"""What a forge is still to be told of runs, and what it was told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import asyncpg

from pipeline.model.release import ProjectId, RunId
from pipeline.store.queries import load

_SQL = load("forge")
_NEWEST = 100

What = Literal["status", "deployment"]


@dataclass(frozen=True, kw_only=True)
class ToReport:
    """A run that stands otherwise than was told. `taken_back`: its probation brought the release before it
    back. `attempts` failed for this `standing`."""

    id: RunId
    standing: str
    taken_back: bool
    deployment_id: int | None
    attempts: int


class ForgeReports:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def settle(self, project: ProjectId, repository: str) -> None:
        """Which repository is told. Of runs that were asked for before that, it is told nothing."""
        await self._pool.execute(_SQL["settle_forge"], project, repository)

    async def to_tell(self, project: ProjectId, what: What, since: datetime) -> list[ToReport]:
        """The oldest first. Of runs with a known commit that put a release into production, asked for since
        then; a deployment only once production is touched. Looked at are the hundred newest runs."""
        rows = await self._pool.fetch(_SQL["reports_to_tell"], project, what, since, _NEWEST)
        return [ToReport(**dict(row)) for row in rows]

    async def told(self, run: RunId, what: What, standing: str, *, given_up: bool = False) -> None:
        await self._pool.execute(_SQL["report_told"], run, what, standing, given_up)

    async def tried(self, run: RunId, what: What, standing: str) -> None:
        """In vain."""
        await self._pool.execute(_SQL["report_tried"], run, what, standing)

    async def note_deployment(self, run: RunId, deployment: int | None) -> None:
        await self._pool.execute(_SQL["note_deployment"], run, deployment)
