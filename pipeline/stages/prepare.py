"""Prepare: the backup is restored into a database of its own and compared, while the live one serves on."""

from __future__ import annotations

from pathlib import Path

from pipeline.database import restore
from pipeline.database.client import find_client
from pipeline.database.manifest import Manifest, differences, listed
from pipeline.database.names import kept_name, prepared_name
from pipeline.database.survey import take
from pipeline.model.errors import StageFailed
from pipeline.model.release import BackupId
from pipeline.model.results import Checked, Prepared
from pipeline.model.run import RunView
from pipeline.model.states import StageName
from pipeline.process import CommandFailed
from pipeline.stages.aside import began
from pipeline.stages.bringing_back import bring_back
from pipeline.stages.check import read_manifest
from pipeline.stages.journey import Journey, Parts
from pipeline.stages.quarantine import quarantine, quarantining

_ADVICE = "Choose another backup: /restore lists them. The run's log has every line."
_TRY_IT = "/drill {} tells whether it is the backup or this server. "


async def run(journey: Journey) -> Prepared:
    """Raises Unusable where what came back is not what was backed up. That PostgreSQL refused a statement may
    be for this server and this role: it says nothing about the backup."""
    settings = journey.parts.settings
    checked = journey.result(StageName.CHECK, Checked)
    kept = kept_name(settings.db_name, journey.run.id)
    if checked.database is not None:
        return Prepared(database=checked.database, kept_as=kept, tables=None, rows=None)
    manifest = await _manifest(journey, checked)
    into = prepared_name(settings.db_name, journey.run.id)
    try:
        await _bring_back(journey, checked, manifest, into)
    except CommandFailed as error:
        told = restore.cause(error)
        raise StageFailed(
            f"Backup {checked.backup_id} could not be restored: {told.splitlines()[0]}",
            advice=f"{_TRY_IT.format(checked.backup_id)}{_ADVICE}",
            log=told,
        ) from error
    if manifest is not None:
        await _compare(journey, checked, manifest, into)
    return Prepared(
        database=into,
        kept_as=kept,
        tables=len(manifest.tables) if manifest else None,
        rows=manifest.rows if manifest else None,
    )


async def _manifest(journey: Journey, checked: Checked) -> Manifest | None:
    backup = await journey.parts.store.releases.backup(BackupId(checked.backup_id or 0))
    if backup is None:
        raise LookupError(f"backup {checked.backup_id} is gone from the journal")
    async with quarantining(journey, backup.id):
        return read_manifest(backup)


async def _bring_back(journey: Journey, checked: Checked, manifest: Manifest | None, into: str) -> None:
    parts, settings = journey.parts, journey.parts.settings
    like = manifest.properties if manifest else None
    like = like or await restore.properties_of(settings.journal, settings.db_name)
    if like is None:
        raise StageFailed(
            f"There is no database {settings.db_name} to be like.",
            advice="Make it, with the owner it had, then ask again.",
        )
    await bring_back(
        journey,
        await find_client(parts.engine, settings.application, parts.database_project),
        settings.journal,
        Path(checked.path or ""),
        into=into,
        like=like,
        tables=len(manifest.tables) if manifest else None,
        name=journey.one_off(StageName.PREPARE),
    )


async def _compare(journey: Journey, checked: Checked, manifest: Manifest, into: str) -> None:
    settings = journey.parts.settings
    address = settings.application_named(into)
    found = await take(address, None, timeout=settings.backup_timeout, tell=journey.tell)
    if told := differences(manifest, found):
        what = f"what came back is not what was backed up: {listed(told)}"
        raise await quarantine(journey, BackupId(checked.backup_id or 0), what, "\n".join(told))


async def tidy(parts: Parts, view: RunView) -> None:
    """Removes the copy that a run made in vain; not one that was in production, be it for a moment."""
    if began(view, StageName.PREPARE) and not began(view, StageName.START):
        await restore.drop(parts.settings.journal, prepared_name(parts.settings.db_name, view.run.id))
