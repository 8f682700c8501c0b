"""Projects, releases, backups and what the worker saw of production."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import asyncpg
from pydantic import TypeAdapter

from pipeline.model.errors import StaleEpoch
from pipeline.model.release import (
    Backup,
    BackupId,
    Kept,
    Observation,
    Project,
    ProjectId,
    Release,
    ReleaseId,
    RunId,
    Undoing,
)
from pipeline.store.connect import Address, connect
from pipeline.store.queries import load, one

_SQL = load("releases")
_UNFENCED = (None, None)
_OBSERVATION = TypeAdapter(Observation)


Fence = tuple[RunId, int]
"""The run that acts and its epoch; a write of an executor that has been taken over is refused."""


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
        fence: Fence | None,
        undoing: Undoing | None = None,
    ) -> Release:
        """Records a release, once a run: a stage that is redone finds its own again. Raises StaleEpoch."""
        row = await self._pool.fetchrow(
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
            *(fence or _UNFENCED),
            undoing,
        )
        if row is None:
            raise StaleEpoch(*(fence or (run or 0, 0)))
        return _release(row)

    async def get(self, release: ReleaseId) -> Release | None:
        row = await self._pool.fetchrow(_SQL["release"], release)
        return _release(row) if row else None

    async def recent(self, project: ProjectId, limit: int) -> list[Release]:
        return [_release(row) for row in await self._pool.fetch(_SQL["recent_releases"], project, limit)]

    async def kept(self, project: ProjectId) -> Kept:
        """Live, previous, and the others that can be gone back to, newest first."""
        rows = [dict(row) for row in await self._pool.fetch(_SQL["kept_releases"], project)]
        places = [(row.pop("live_release_id"), row.pop("previous_release_id")) for row in rows]
        found = {row["id"]: _release(row) for row in rows}
        live, previous = places[0] if places else (None, None)
        others = [release for number, release in found.items() if number not in (live, previous)]
        return Kept(live=found.get(live), previous=found.get(previous), others=others)

    async def named(self, project: ProjectId, target: str, *, commit: bool) -> list[Release]:
        """By number, and with `commit` by the first digits of the SHA; pruned ones too."""
        return [
            _release(row) for row in await self._pool.fetch(_SQL["named_releases"], project, target, commit)
        ]

    async def unpruned(self, project: ProjectId) -> list[Release]:
        """Also those that never served, newest first."""
        return [_release(row) for row in await self._pool.fetch(_SQL["unpruned_releases"], project)]

    async def prune(self, release: ReleaseId) -> bool:
        """Marks it, before its images and files go; False where it must stay, or is marked already."""
        return await self._pool.fetchval(_SQL["prune_release"], release) is not None

    async def pruned_with(self, project: ProjectId, compose_files: list[str]) -> list[Release]:
        """Those that are marked and whose kept compose file is one of these, and of no kept release."""
        rows = await self._pool.fetch(_SQL["pruned_with"], project, compose_files)
        return [_release(row) for row in rows]

    async def make_live(
        self, project: ProjectId, release: ReleaseId, schema_revision: str | None, *, fence: Fence | None
    ) -> None:
        """What was live becomes previous; told again, nothing changes. Raises StaleEpoch."""
        done = await self._pool.fetchval(
            _SQL["make_live"], project, release, schema_revision, *(fence or _UNFENCED)
        )
        if done is None and fence is not None:
            raise StaleEpoch(*fence)

    async def note_schema(self, project: ProjectId, revision: str | None, *, fence: Fence) -> None:
        """At which revision the schema is, None where that cannot be told. Raises StaleEpoch."""
        if await self._pool.fetchval(_SQL["note_schema"], project, revision, *fence) is None:
            raise StaleEpoch(*fence)

    async def declared_between(
        self, project: ProjectId, goal: ReleaseId, live: ReleaseId
    ) -> list[str | None]:
        """What the releases between the two, which went live, say of undoing their migrations."""
        return [
            row["undoing"] for row in await self._pool.fetch(_SQL["declared_between"], project, goal, live)
        ]

    async def backup_of(self, release: Release) -> Backup | None:
        """The newest kept one that holds the data which the release left, with the schema it knows."""
        row = await self._pool.fetchrow(
            _SQL["backup_of_release"], release.project_id, release.id, release.schema_revision
        )
        return _backup(row) if row else None

    async def add_backup(
        self,
        project: ProjectId,
        fence: Fence,
        *,
        database: str,
        path: str,
        size: int,
        sha256: str,
        manifest_sha256: str | None = None,
        schema_revision: str | None = None,
        problem: str | None = None,
    ) -> Backup:
        """Records the backup of a run, once; with a `problem`, in quarantine. Raises StaleEpoch."""
        row = await self._pool.fetchrow(
            _SQL["add_backup"],
            project,
            *fence,
            database,
            path,
            size,
            sha256,
            manifest_sha256,
            schema_revision,
            problem,
        )
        if row is None:
            raise StaleEpoch(*fence)
        return _backup(row)

    async def backups(self, project: ProjectId, limit: int) -> list[Backup]:
        """Those whose files are kept, newest first."""
        return [_backup(row) for row in await self._pool.fetch(_SQL["recent_backups"], project, limit)]

    async def all_backups(self, project: ProjectId) -> list[Backup]:
        """As `backups`, all of them."""
        return [_backup(row) for row in await self._pool.fetch(_SQL["recent_backups"], project, None)]

    async def needed_backups(self, project: ProjectId) -> set[BackupId]:
        """Those that kept releases went live with."""
        return {row["backup_id"] for row in await self._pool.fetch(_SQL["needed_backups"], project)}

    async def prune_backups(self, project: ProjectId, surplus: list[BackupId]) -> list[BackupId]:
        """Marks these, before their files go, but for what must stay after all; which ones."""
        return [row["id"] for row in await self._pool.fetch(_SQL["prune_backups"], project, surplus)]

    async def pruned_backups_at(self, project: ProjectId, paths: list[str]) -> list[str]:
        """Which of the paths are of marked backups."""
        return [row["path"] for row in await self._pool.fetch(_SQL["pruned_backups_at"], project, paths)]

    async def newest_usable_backup(self, project: ProjectId) -> Backup | None:
        """The newest that is neither pruned nor in quarantine."""
        row = await self._pool.fetchrow(_SQL["newest_usable_backup"], project)
        return _backup(row) if row else None

    async def last_proven_backup(self, project: ProjectId) -> Backup | None:
        """The newest that a drill brought back whole and that can still be had."""
        row = await self._pool.fetchrow(_SQL["last_proven_backup"], project)
        return _backup(row) if row else None

    async def prove_backup(self, backup: BackupId, fence: Fence) -> None:
        """A drill brought it back whole, which also ends a quarantine. Raises StaleEpoch."""
        if await self._pool.fetchval(_SQL["prove_backup"], *fence, backup) is None:
            raise StaleEpoch(*fence)

    async def quarantine_backup(self, backup: BackupId, why: str, fence: Fence) -> None:
        """It counts as not usable from now on. Raises StaleEpoch."""
        if await self._pool.fetchval(_SQL["quarantine_backup"], *fence, backup, why) is None:
            raise StaleEpoch(*fence)

    async def backup(self, backup: BackupId) -> Backup | None:
        """Also one that is pruned."""
        row = await self._pool.fetchrow(_SQL["backup"], backup)
        return _backup(row) if row else None

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
        schema_revision=row["schema_revision"],
    )


def _release(row: asyncpg.Record | Mapping[str, Any]) -> Release:
    values = dict(row)
    undoing = Undoing(values["undoing"]) if values["undoing"] else None
    return Release(**{**values, "images": json.loads(values["images"]), "undoing": undoing})


def _backup(row: asyncpg.Record) -> Backup:
    return Backup(**dict(row))
