"""Migrate, on the road of a rollback: the release that is left takes the schema down. And up again."""

from __future__ import annotations

from collections.abc import Callable

from pipeline.database.client import find_client
from pipeline.model.errors import StageFailed
from pipeline.model.release import Release
from pipeline.model.results import Migrated, Tagged
from pipeline.model.states import StageName
from pipeline.project.section import MigrateSection
from pipeline.stages import switch
from pipeline.stages.journey import Journey
from pipeline.stages.migrate import CREATING, Migration, carry_out
from pipeline.stages.resolved import read
from pipeline.stages.revision import schema_revision
from pipeline.stages.switch import IN_BETWEEN

_BETWEEN = "The application is stopped; the schema is where its down migration left it."


async def run(journey: Journey) -> Migrated:
    wanted = journey.result(StageName.TAG, Tagged).down_to
    if wanted is None:
        return Migrated(ran=False)
    done = await carry_out(journey, await _migration(journey, lambda section: section.down_to(wanted)))
    if done.code != 0:
        raise StageFailed(
            f"The down migration to {wanted} failed (exit code {done.code}); the schema {done.where}.",
            production=IN_BETWEEN,
            advice="Mend x-pipeline.migrate.down and deploy that; or go back with the data of then: vnext"
            f" rollback {journey.run.target or ''} --with-data.",
            log=done.log,
        )
    if done.after != wanted:
        raise StageFailed(
            f"The down migration ended well, but the schema is at {done.after}, not at {wanted}.",
            production=IN_BETWEEN,
            advice="See that x-pipeline.migrate.down goes to the revision it is given.",
            log=done.log,
        )
    return Migrated(ran=True, before=done.before, after=done.after)


async def up_again(journey: Journey) -> str | None:
    """Where a down migration of this run moved the schema, the release that comes back migrates it to where
    it was; that revision, None where there was nothing to do. Raises StageFailed."""
    tagged = journey.found(StageName.TAG, Tagged)
    if tagged is None or tagged.down_to is None or not await _began(journey):
        return None
    before = await _before(journey)
    migration = await _migration(journey, lambda section: section.command)
    parts = journey.parts
    begun = await parts.engine.container(journey.one_off(journey.stage)) is not None
    if not begun and await schema_revision(parts, migration.asked, run=journey.run.id) == before:
        return None
    server = (await find_client(parts.engine, parts.settings.application, parts.database_project)).server
    await switch.stop(parts, journey.tell, but=server.id if server else None)
    journey.tell(f"migrating the schema up to {before} again")
    done = await carry_out(journey, migration)
    if done.code != 0 or done.after != before:
        raise StageFailed(
            f"The schema was at {before} and could not be brought there again: the migration ended with exit"
            f" code {done.code}, and it is at {done.after}.",
            production=_BETWEEN,
            advice="Restore the backup that this run made before (/restore lists it).",
            log=done.log,
        )
    return before


async def _began(journey: Journey) -> bool:
    marks = await journey.parts.store.runs.marks(journey.run.id, StageName.MIGRATE)
    return StageName.MIGRATE in journey.results or CREATING in marks


async def _before(journey: Journey) -> str | None:
    """The schema's revision before it went down."""
    done = journey.found(StageName.MIGRATE, Migrated)
    if done is not None:
        return done.before
    marks = await journey.parts.store.runs.marks(journey.run.id, StageName.MIGRATE)
    return marks[CREATING].get("before")


async def _migration(journey: Journey, command: Callable[[MigrateSection], list[str]]) -> Migration:
    """In the image of the release that served as the run began: it knows the newer schema."""
    live = _left(journey)
    app = await read(journey.parts, live.kept_compose_file)
    section, service = app.section.migrate, app.migrated()
    if section is None or service is None:
        raise LookupError(f"release {live.id} declares no migrations")
    return Migration(release=live, app=app, service=service.name, command=command(section))


def _left(journey: Journey) -> Release:
    if journey.live is None:
        raise LookupError("a schema goes down without a release that is left")
    return journey.live
