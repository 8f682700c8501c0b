"""Rehearse: the migration of the new image on a copy of the database, before anybody is asked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.containers.server import known
from pipeline.database.client import Client, find_client
from pipeline.model.release import Release
from pipeline.model.results import BackedUp, Pulled, Rehearsed
from pipeline.model.states import Rehearse, StageName
from pipeline.project.application import Application
from pipeline.project.migrations import migrations
from pipeline.project.rehearsal import Surroundings, obstacle
from pipeline.project.section import MigrateSection
from pipeline.source import Source
from pipeline.stages.check import read_manifest
from pipeline.stages.database_copy import Migrator
from pipeline.stages.journey import Journey, Parts
from pipeline.stages.on_a_copy import Scene, rehearse
from pipeline.stages.resolved import read, resolve

NOTHING_NEW = "no new migrations: not rehearsed"
NOT_WANTED = "not rehearsed (REHEARSE=never)"
WOULD = "it would be rehearsed on a copy before the plan is put"


async def run(journey: Journey) -> Rehearsed:
    """Says nothing where there is nothing to migrate."""
    parts, settings = journey.parts, journey.parts.settings
    goal = await journey.goal()
    app = await read(parts, goal.kept_compose_file)
    backed, pulled = journey.result(StageName.BACKUP, BackedUp), journey.result(StageName.PULL, Pulled)
    if app.section.migrate is None or not app.section.database or backed.path is None:
        return Rehearsed(ran=False)
    if settings.rehearse is Rehearse.NEVER:
        return Rehearsed(ran=False, note=NOT_WANTED)
    revisions = await _revisions(parts.source, journey.live, pulled, app.section.migrate)
    if settings.rehearse is Rehearse.NEW and not revisions and _comparable(journey.live, pulled):
        return Rehearsed(ran=False, note=NOTHING_NEW)
    config, place = await resolve(parts, [goal.kept_compose_file]), await place_of_the_database(parts)
    why = _obstacle(app, config, place)
    if place is None or why is not None:
        journey.tell(f"cannot be rehearsed: {why}")
        return Rehearsed(ran=False, note=why, revisions=revisions, hindered=True)
    return await rehearse(journey, await _scene(journey, app, config, place), revisions)


async def foretell(
    parts: Parts, source: Source, app: Application, compose_file: Path, live: Release | None, pulled: Pulled
) -> Rehearsed | None:
    """What `run` would do, before anything is built or backed up; None where there is nothing to migrate."""
    if app.section.migrate is None or not app.section.database:
        return None
    wanted = parts.settings.rehearse
    revisions = await _revisions(source, live, pulled, app.section.migrate)
    if wanted is Rehearse.NEVER:
        return Rehearsed(ran=False, note=NOT_WANTED, revisions=revisions)
    if wanted is Rehearse.NEW and not revisions and _comparable(live, pulled):
        return Rehearsed(ran=False, note=NOTHING_NEW)
    why = _obstacle(app, await resolve(parts, [compose_file]), await place_of_the_database(parts))
    return Rehearsed(ran=False, note=why or WOULD, revisions=revisions, hindered=why is not None)


def _comparable(live: Release | None, pulled: Pulled) -> bool:
    """Whether the live release's commit is known and of the same history."""
    return live is not None and live.sha is not None and not pulled.unrelated


async def _revisions(
    source: Source, live: Release | None, pulled: Pulled, section: MigrateSection
) -> list[str]:
    """Files that are migrations, that the new commit has and the live one has not, or has otherwise."""
    changed = await source.changed_files(live.sha if live else None, pulled.sha)
    found = migrations(changed, section.paths)
    return [path for path in found if (Path(pulled.source) / path).is_file()]


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the live database is, and by what it is known there."""

    client: Client
    surroundings: Surroundings


async def place_of_the_database(parts: Parts) -> Place | None:
    """None where it does not run in a container here."""
    client = await find_client(parts.engine, parts.settings.application, parts.database_project)
    if client.server is None:
        return None
    found = await known(parts.engine, client.server.id)
    surroundings = Surroundings(names=found.names, addresses=found.addresses, mounts=found.mounts)
    return Place(client=client, surroundings=surroundings)


def _obstacle(app: Application, config: dict[str, Any], place: Place | None) -> str | None:
    """Why it cannot be rehearsed, in a few words."""
    if place is None:
        return "the database does not run in a container here"
    return obstacle(config, _service(app), place.surroundings)


def _service(app: Application) -> str:
    service = app.migrated()
    if service is None:
        raise LookupError("there is nothing to rehearse")
    return service.name


async def _scene(journey: Journey, app: Application, config: dict[str, Any], place: Place) -> Scene:
    backed, goal = journey.result(StageName.BACKUP, BackedUp), await journey.goal()
    backup = await journey.parts.store.releases.backup(backed.backup_id) if backed.backup_id else None
    manifest = read_manifest(backup) if backup else None
    if app.section.migrate is None or manifest is None or backed.path is None:
        raise LookupError("there is nothing to rehearse")
    return Scene(
        migrator=Migrator(
            section=app.section.migrate,
            service=_service(app),
            image=goal.images[_service(app)],
            config=config,
        ),
        client=place.client,
        surroundings=place.surroundings,
        dump=Path(backed.plain or backed.path),
        manifest=manifest,
    )
