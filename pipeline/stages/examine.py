"""Check, on the road of a drill: which backup is tried, and whether its file is whole and can be read."""

from __future__ import annotations

import asyncio
from pathlib import Path

from pipeline.database.archive import Locked
from pipeline.database.client import find_client
from pipeline.model.errors import StageFailed
from pipeline.model.release import Backup, BackupId
from pipeline.model.results import Checked
from pipeline.stages.check import (
    asked_for,
    damage,
    out_of_reach,
    read_manifest,
    read_to_its_end,
    see_key,
)
from pipeline.stages.journey import Journey
from pipeline.stages.quarantine import Damaged, Unfit, quarantine
from pipeline.wording.words import size

CHOSEN = "chosen"
"""The mark of which backup it is: done again, the stage tries the same one, be it in quarantine by then."""

_AGAIN = "Mend that, then ask for the drill again: /drill."


async def run(journey: Journey) -> Checked:
    backup = await _chosen(journey)
    await journey.mark(CHOSEN, backup=str(backup.id))
    return await look_at(journey, backup)


async def look_at(journey: Journey, backup: Backup) -> Checked:
    """Levels `checksum` and `read`. Raises Unusable where the file is damaged, StageFailed where it cannot be
    tried."""
    path = Path(backup.path)
    if away := out_of_reach(path):
        raise untried(backup.id, away)
    try:
        see_key(journey, backup)
        journey.tell(f"reading backup {backup.id}, {size(backup.bytes)}")
        if found := await asyncio.to_thread(damage, backup, path):
            raise await quarantine(journey, backup.id, "; ".join(found))
        manifest = await asyncio.to_thread(read_manifest, backup)
        if manifest is None:
            raise untried(
                backup.id, "it has no manifest that it could be compared with", "Make a new one: /backup."
            )
        parts = journey.parts
        client = await find_client(parts.engine, parts.settings.application, parts.database_project)
        await read_to_its_end(journey, client, backup)
    except Damaged as error:
        raise await quarantine(journey, backup.id, error.problem, error.log) from error
    except Unfit as error:
        raise untried(backup.id, error.problem, log=error.log) from error
    except Locked as error:
        raise StageFailed(f"{error.what} It stays as it is.", advice=error.advice) from error
    return Checked(
        backup_id=backup.id,
        path=backup.path,
        database=None,
        bytes=backup.bytes,
        sha256=backup.sha256,
        taken_at=manifest.taken_at,
        release=backup.release,
        proven=True,
    )


def untried(number: BackupId, why: str, advice: str = _AGAIN, log: str = "") -> StageFailed:
    """It says nothing about the backup, which stays as it is."""
    return StageFailed(
        f"Backup {number} could not be tried: {why}. It stays as it is.", advice=advice, log=log
    )


async def _chosen(journey: Journey) -> Backup:
    """The one asked for, else the newest that is not in quarantine."""
    before = journey.marks.get(CHOSEN, {}).get("backup")
    target = before or journey.run.target
    if target is not None:
        return await asked_for(journey, target)
    newest = await journey.parts.store.releases.newest_usable_backup(journey.project.id)
    if newest is None:
        raise StageFailed("There is no backup that could be tried.", advice="Make one: /backup.")
    return newest
