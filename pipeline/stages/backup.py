"""Backup: a dump of the application's database, read back whole before it counts."""

from __future__ import annotations

from pipeline.database.client import find_client
from pipeline.database.dump import dump
from pipeline.model.results import BackedUp
from pipeline.model.states import StageName
from pipeline.stages.journey import Journey


async def run(journey: Journey) -> BackedUp:
    parts = journey.parts
    settings = parts.settings
    client = await find_client(parts.engine, settings.application, parts.compose.project)
    stamp = f"{parts.clock():%Y%m%dT%H%M%SZ}"
    made = await dump(
        parts.engine,
        client,
        parts.layout.backups / f"{settings.db_name}-{stamp}-run{journey.run.id}.dump",
        name=journey.one_off(StageName.BACKUP),
        run_id=journey.run.id,
        timeout=settings.backup_timeout,
        redact=parts.redact,
        tell=journey.tell,
    )
    backup = await parts.store.releases.add_backup(
        journey.project.id,
        journey.run.id,
        database=settings.db_name,
        path=str(made.path),
        size=made.bytes,
        sha256=made.sha256,
    )
    return BackedUp(backup_id=backup.id, path=str(made.path), bytes=made.bytes, sha256=made.sha256)
