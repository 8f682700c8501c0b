"""What the watch asks of the journal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import asyncpg

from pipeline.model.release import BackupId, ProjectId
from pipeline.store.queries import load, one

_SQL = load("alerts")


@dataclass(frozen=True, kw_only=True)
class Bots:
    """Those connected to the journal now, and whether one ever was."""

    here: list[str]
    ever: bool


@dataclass(frozen=True, kw_only=True)
class BackupsKept:
    """`first_at` is when the first backup ever was made, `good_at` when the newest usable one, `proven_at`
    when a drill last brought one back whole. `quarantined` is the newest one where it is in quarantine,
    `why` because of what."""

    first_at: datetime | None
    good_at: datetime | None
    proven_at: datetime | None
    quarantined: BackupId | None = None
    why: str | None = None


class Watching:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def bots(self) -> Bots:
        row = await one(self._pool, _SQL["bots"])
        return Bots(here=list(row["here"]), ever=row["ever"])

    async def backups(self, project: ProjectId) -> BackupsKept:
        return BackupsKept(**dict(await one(self._pool, _SQL["backups_kept"], project)))
