"""A migration on a copy of the database: what it moves there, and how long it takes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipeline.database import restore
from pipeline.database.client import Client
from pipeline.database.fitness import room
from pipeline.database.manifest import Manifest
from pipeline.model.errors import StageFailed
from pipeline.model.results import Rehearsed
from pipeline.process import CommandFailed
from pipeline.project.rehearsal import Surroundings, aliases
from pipeline.stages.database_copy import Copy, Migrator, database_copy, fill, migrate, revision_of
from pipeline.stages.journey import Journey

_NOT_AT_ALL = "With REHEARSE=never a deploy goes without."


@dataclass(frozen=True, kw_only=True)
class Scene:
    """All that is known before anything is made."""

    migrator: Migrator
    client: Client
    surroundings: Surroundings
    dump: Path
    manifest: Manifest


async def rehearse(journey: Journey, scene: Scene, revisions: list[str]) -> Rehearsed:
    """Begins anew: what an earlier try left goes first. Raises StageFailed where the migration fails."""
    settings, migrator = journey.parts.settings, scene.migrator
    names = aliases(migrator.config, migrator.service, scene.surroundings, settings.db_host)
    async with database_copy(journey, scene.client, names) as copy:
        found = await restore.server(copy.server.admin, copy.server.client)
        if refused := room(scene.manifest.bytes, found.free, "the disk that the copy would be on"):
            return Rehearsed(ran=False, note=refused[0], revisions=revisions, hindered=True)
        await _bring_back(journey, scene, copy)
        before = await revision_of(journey, copy, migrator)
        journey.tell("migrating the copy")
        code, log, seconds = await migrate(journey, copy, migrator, migrator.section.command)
        if code != 0:
            raise StageFailed(
                f"The migration failed on a copy of {settings.db_name} (exit code {code}).",
                advice="Mend the migration, push, and deploy again.",
                log=log,
            )
        after = await revision_of(journey, copy, migrator)
    return Rehearsed(ran=True, seconds=round(seconds, 3), before=before, after=after, revisions=revisions)


async def _bring_back(journey: Journey, scene: Scene, copy: Copy) -> None:
    try:
        await fill(journey, copy, scene.dump, scene.manifest)
    except CommandFailed as error:
        told = restore.cause(error)
        raise StageFailed(
            f"The backup could not be restored into a copy to rehearse on: {told.splitlines()[0]}",
            advice=f"See the run's log; that backup would not come back. {_NOT_AT_ALL}",
            log=told,
        ) from error
