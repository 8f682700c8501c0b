"""Projects, releases, backups and what the worker saw of production."""

from __future__ import annotations

import json
from datetime import datetime

import asyncpg
from pydantic import TypeAdapter

from pipeline.model.release import (
    Backup,
    BackupId,
    Observation,
    Project,
    ProjectId,
    Release,
    ReleaseId,
    RunId,
)
from pipeline.store.connect import Address, connect
from pipeline.store.queries import load, one

_SQL = load("releases")
_OBSERVATION = TypeAdapter(Observation)


class Releases:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def project(self, name: str, repository: str, branch: str) -> Project:
        """The project of the settings, recorded or brought up to date."""
        return _project(await one(self._pool, _SQL["upsert_project"], name, repository, branch))

    async def project_by_id(self, project: ProjectId) -> Project:
        return _project(await one(self._pool, _SQL["project"], project))

    async def project_by_name(self, name: str) -> Project | None:
        row = await self._pool.fetchrow(_SQL["project_by_name"], name)
        return _project(row) if row else None

    async def add(
        self,
        project: ProjectId,
        *,
        run: RunId | None,
        sha: str | None,
        branch: str | None,
        images: dict[str, str],
        compose_file: str,
        compose_hash: str,
        schema_revision: str | None,
        backup: BackupId | None,
    ) -> Release:
        """Records a release, once a run: a stage that is redone finds its own again."""
        row = await one(
            self._pool,
            _SQL["add_release"],
            project,
            run,
            sha,
            branch,
            json.dumps(images),
            compose_file,
            compose_hash,
            schema_revision,
            backup,
        )
        return _release(row)

    async def get(self, release: ReleaseId) -> Release | None:
        row = await self._pool.fetchrow(_SQL["release"], release)
        return _release(row) if row else None

    async def recent(self, project: ProjectId, limit: int) -> list[Release]:
        return [_release(row) for row in await self._pool.fetch(_SQL["recent_releases"], project, limit)]

    async def make_live(self, project: ProjectId, release: ReleaseId, schema_revision: str | None) -> None:
        await self._pool.execute(_SQL["make_live"], project, release, schema_revision)

    async def add_backup(
        self, project: ProjectId, run: RunId, *, database: str, path: str, size: int, sha256: str
    ) -> Backup:
        row = await one(self._pool, _SQL["add_backup"], project, run, database, path, size, sha256)
        return _backup(row)

    async def backups(self, project: ProjectId, limit: int) -> list[Backup]:
        return [_backup(row) for row in await self._pool.fetch(_SQL["recent_backups"], project, limit)]

    async def observe(self, project: ProjectId, seen: Observation) -> None:
        await self._pool.execute(_SQL["observe"], project, seen.at, _OBSERVATION.dump_json(seen).decode())

    async def observation(self, project: ProjectId) -> Observation | None:
        text = await self._pool.fetchval(_SQL["observation"], project)
        return _OBSERVATION.validate_json(text) if text else None


async def last_observed(journal: Address, project: str) -> datetime | None:
    """When the worker last told what it sees, without a pool; None also before the journal is laid out.

    Raises JournalUnreachable.
    """
    connection = await connect(journal)
    try:
        at: datetime | None = await connection.fetchval(_SQL["last_observed"], project)
    except asyncpg.UndefinedTableError:
        return None
    finally:
        await connection.close()
    return at


def _project(row: asyncpg.Record) -> Project:
    return Project(
        id=row["id"],
        name=row["name"],
        repository=row["repository"],
        branch=row["branch"],
        live_release_id=row["live_release_id"],
        previous_release_id=row["previous_release_id"],
    )


def _release(row: asyncpg.Record) -> Release:
    values = dict(row)
    return Release(**{**values, "images": json.loads(values["images"])})


def _backup(row: asyncpg.Record) -> Backup:
    return Backup(**dict(row))
