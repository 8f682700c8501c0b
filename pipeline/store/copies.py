"""Which backups have a copy off site, and the troubles of copying that Master is told of."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import NewType

import asyncpg

from pipeline.model.errors import StaleEpoch
from pipeline.model.release import Backup, BackupId, ProjectId, RunId
from pipeline.store.queries import load, one

_SQL = load("copies")

TroubleId = NewType("TroubleId", int)


@dataclass(frozen=True, kw_only=True)
class CopyTrouble:
    """Failures in a row. `of_file`: the backup itself is damaged or gone on the server, else nothing can be
    copied; `backup_id` is the one it began with."""

    id: TroubleId
    project_id: ProjectId
    backup_id: BackupId
    of_file: bool
    problem: str
    advice: str
    began_at: datetime
    over_at: datetime | None


class Copies:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def next(self, project: ProjectId, but: Collection[BackupId] = ()) -> Backup | None:
        """The newest good backup without a copy; None while a run is active."""
        row = await self._pool.fetchrow(_SQL["next_to_copy"], project, list(but))
        return Backup(**dict(row)) if row else None

    async def done(self, backup: Backup) -> None:
        """A whole copy was found; with that the trouble is over."""
        await self._pool.execute(_SQL["copied"], backup.project_id, backup.id)

    async def failed(self, backup: Backup, problem: str) -> bool:
        """False where its files were given up meanwhile, so that nothing is lost."""
        return (
            await self._pool.fetchval(_SQL["not_copied"], backup.project_id, backup.id, problem) is not None
        )

    async def trouble(self, backup: Backup, *, of_file: bool, problem: str, advice: str) -> None:
        """Master is to be told, once as long as it lasts."""
        await self._pool.execute(
            _SQL["copy_trouble_begins"], backup.project_id, backup.id, of_file, problem, advice
        )

    async def keep_for_chat(self, run: RunId, epoch: int, content: bytes) -> None:
        """The file of the run's backup, in the place of any that still waits. Raises StaleEpoch."""
        if await self._pool.fetchval(_SQL["keep_for_chat"], run, epoch, content) is None:
            raise StaleEpoch(run, epoch)

    async def waiting_for_chat(self, project: ProjectId) -> Backup | None:
        """The one whose file is to be sent; None while a run is active, whose cards come first."""
        row = await self._pool.fetchrow(_SQL["waiting_for_chat"], project)
        return Backup(**dict(row)) if row else None

    async def chat_file(self, backup: BackupId) -> bytes | None:
        content: bytes | None = await self._pool.fetchval(_SQL["chat_file"], backup)
        return content

    async def drop_chat_file(self, backup: BackupId) -> None:
        """It was sent, or never will be."""
        await self._pool.execute(_SQL["drop_chat_file"], backup)

    async def get(self, trouble: TroubleId) -> CopyTrouble:
        """Raises LookupError."""
        return CopyTrouble(**dict(await one(self._pool, _SQL["copy_trouble"], trouble)))

    async def to_tell(self, project: ProjectId, chat: int) -> list[TroubleId]:
        return [row["id"] for row in await self._pool.fetch(_SQL["copy_troubles_to_tell"], chat, project)]
