"""Rehearse: the migration of the new image on a copy of the database, before anybody is asked."""

from __future__ import annotations

from pathlib import Path

from pipeline.containers.server import known
from pipeline.database.client import find_client
from pipeline.model.results import BackedUp, Pulled, Rehearsed
from pipeline.model.states import Rehearse, StageName
from pipeline.project.application import Application
from pipeline.project.migrations import migrations
from pipeline.project.rehearsal import Surroundings, obstacle
from pipeline.project.section import MigrateSection
from pipeline.stages.check import read_manifest
from pipeline.stages.journey import Journey
from pipeline.stages.on_a_copy import Scene, rehearse
from pipeline.stages.resolved import read, resolve

NOTHING_NEW = "no new migrations: not rehearsed"
NOT_WANTED = "not rehearsed (REHEARSE=never)"


async def run(journey: Journey) -> Rehearsed:
    """Says nothing where there is nothing to migrate."""
    settings = journey.parts.settings
    goal = await journey.goal()
    app = await read(journey.parts, goal.kept_compose_file)
    backed = journey.result(StageName.BACKUP, BackedUp)
    if app.section.migrate is None or not app.section.database or backed.path is None:
        return Rehearsed(ran=False)
    if settings.rehearse is Rehearse.NEVER:
        return Rehearsed(ran=False, note=NOT_WANTED)
    revisions = await _revisions(journey, app.section.migrate)
    if settings.rehearse is Rehearse.NEW and not revisions and _comparable(journey):
        return Rehearsed(ran=False, note=NOTHING_NEW)
    scene = await _scene(journey, app)
    why = scene if isinstance(scene, str) else obstacle(scene.config, scene.service, scene.surroundings)
    if isinstance(scene, str) or why is not None:
        journey.tell(f"cannot be rehearsed: {why}")
        return Rehearsed(ran=False, note=why, revisions=revisions, hindered=True)
    return await rehearse(journey, scene, revisions)


def _comparable(journey: Journey) -> bool:
    """Whether the live release's commit is known and of the same history."""
    live = journey.live
    return live is not None and live.sha is not None and not journey.result(StageName.PULL, Pulled).unrelated


async def _revisions(journey: Journey, section: MigrateSection) -> list[str]:
    """Files that are migrations, that the new commit has and the live one has not, or has otherwise."""
    pulled = journey.result(StageName.PULL, Pulled)
    since = journey.live.sha if journey.live else None
    changed = await journey.parts.source.changed_files(since, pulled.sha)
    found = migrations(changed, section.paths)
    return [path for path in found if (Path(pulled.source) / path).is_file()]


async def _scene(journey: Journey, app: Application) -> Scene | str:
    """Or why there is none."""
    parts, settings = journey.parts, journey.parts.settings
    service, backed = app.migrated(), journey.result(StageName.BACKUP, BackedUp)
    client = await find_client(parts.engine, settings.application, parts.compose.project)
    if client.server is None:
        return "the database does not run in a container here"
    backup = await parts.store.releases.backup(backed.backup_id) if backed.backup_id else None
    manifest = read_manifest(backup) if backup else None
    if service is None or app.section.migrate is None or manifest is None or backed.path is None:
        raise LookupError("there is nothing to rehearse")
    goal = await journey.goal()
    found = await known(parts.engine, client.server.id)
    return Scene(
        section=app.section.migrate,
        service=service.name,
        image=goal.images[service.name],
        config=await resolve(parts, [goal.kept_compose_file]),
        client=client,
        surroundings=Surroundings(names=found.names, addresses=found.addresses, mounts=found.mounts),
        dump=Path(backed.plain or backed.path),
        manifest=manifest,
    )
