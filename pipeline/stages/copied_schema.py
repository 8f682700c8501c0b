"""The schema of a copy as a rollback would find it, and as it would leave it."""

from __future__ import annotations

import shlex

from pipeline.model.move import Move
from pipeline.stages.database_copy import Copy, Migrator, migrate, revision_of
from pipeline.stages.journey import Journey
from pipeline.stages.no_way_back import no_way_back
from pipeline.stages.ready import Staging, cannot
from pipeline.stages.resolved import read, resolve


async def as_a_rollback_would(journey: Journey, copy: Copy, staging: Staging) -> str | None:
    """The revision that the release is started on. A backup of before the newest migration is first brought
    to the schema of now by the release that serves; then it is taken down where that is declared.

    Raises NoWayBack where the way down fails, StageFailed where that could not be tried.
    """
    migrator = await _of_the_live_one(journey, staging)
    if migrator is None:
        return None
    moved, there = staging.moved, await revision_of(journey, copy, migrator)
    if staging.with_data:
        return there
    if there != moved.now:
        there = await _up(journey, copy, staging, migrator)
    return await _down(journey, copy, staging, migrator) if moved.move is Move.DOWN else there


async def _of_the_live_one(journey: Journey, staging: Staging) -> Migrator | None:
    """None where nobody tells the schema's revision."""
    file = staging.live.kept_compose_file
    app = await read(journey.parts, file)
    section, service = app.section.migrate, app.migrated()
    image = staging.live.images.get(service.name) if service else None
    if section is None or section.revision is None or service is None or image is None:
        return None
    config = await resolve(journey.parts, [file])
    return Migrator(section=section, service=service.name, image=image, config=config)


async def _up(journey: Journey, copy: Copy, staging: Staging, migrator: Migrator) -> str | None:
    now = staging.moved.now or "none"
    journey.tell(f"migrating the copy to {now}, where production is")
    code, log, _ = await migrate(journey, copy, migrator, migrator.section.command)
    there = await revision_of(journey, copy, migrator)
    if code != 0 or there != staging.moved.now:
        raise cannot(
            staging.goal,
            f"the backup is of an older schema, and migrating the copy to that of now, {now}, ended with exit"
            f" code {code} at {there or 'none'}",
            "Make a backup of now (/backup), then ask again: /drill rollback.",
            log,
        )
    return there


async def _down(journey: Journey, copy: Copy, staging: Staging, migrator: Migrator) -> str | None:
    command, then = staging.moved.down or [], staging.moved.then
    journey.tell(f"taking the schema of the copy down to {then}")
    code, log, _ = await migrate(journey, copy, migrator, command)
    there = await revision_of(journey, copy, migrator)
    if code != 0 or there != then:
        raise no_way_back(
            staging.goal,
            f"The down migration ({shlex.join(command)}) ended with exit code {code}, and the schema is at"
            f" {there or 'none'}, not at {then}.",
            log,
        )
    return there
