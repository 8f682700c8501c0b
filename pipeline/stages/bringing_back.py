"""A backup restored into a database that is made for it: in a restore, a drill and a rehearsal alike."""

from __future__ import annotations

from pathlib import Path

from pipeline.database import restore
from pipeline.database.client import Client
from pipeline.database.manifest import Properties
from pipeline.stages.journey import Journey
from pipeline.store.connect import Address


async def bring_back(
    journey: Journey,
    client: Client,
    admin: Address,
    dump: Path,
    *,
    into: str,
    like: Properties,
    tables: int | None,
    name: str,
) -> None:
    """`name` is that of the one-off container. Raises RestoreFailed, CommandFailed, Locked."""
    parts = journey.parts
    await restore.bring_back(
        parts.engine,
        client,
        admin,
        dump,
        into=into,
        like=like,
        tables=tables,
        name=name,
        run_id=journey.run.id,
        timeout=parts.settings.backup_timeout,
        redact=parts.redact,
        tell=journey.tell,
        identity=parts.settings.backup_identity,
    )
