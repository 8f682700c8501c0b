"""What a plan that brings data back says of it: from when it is, and what of now would not be in it."""

from __future__ import annotations

from pipeline.database.manifest import Manifest, changes
from pipeline.database.restore import databases
from pipeline.model.errors import PlanVoided
from pipeline.model.plan import Restoring
from pipeline.model.release import BackupId
from pipeline.model.results import BackedUp, Checked, Prepared
from pipeline.model.states import RunKind, StageName
from pipeline.stages import aside
from pipeline.stages.check import read_manifest
from pipeline.stages.journey import Journey


async def restoring(journey: Journey) -> Restoring:
    checked = journey.result(StageName.CHECK, Checked)
    prepared = journey.result(StageName.PREPARE, Prepared)
    then, now = await _manifests(journey)
    return Restoring(
        backup_id=checked.backup_id,
        database=prepared.database,
        taken_at=checked.taken_at,
        until=now.taken_at if now else journey.parts.clock(),
        bytes=checked.bytes,
        sha256=checked.sha256,
        release=checked.release,
        safety_id=journey.result(StageName.BACKUP, BackedUp).backup_id,
        kept_as=prepared.kept_as,
        changes=changes(then, now) if then and now else None,
    )


async def warnings(journey: Journey) -> list[str]:
    told = list(journey.result(StageName.CHECK, Checked).warnings)
    then, now = await _manifests(journey)
    restores = journey.run.kind is RunKind.RESTORE  # a rewind brings the release that knows the schema
    if restores and then and now and then.revision != now.revision:
        told.append(
            f"The schema is at {now.revision or 'none'} now and was at {then.revision or 'none'} then:"
            " the live release must be able to work with that one."
        )
    there = await aside.kept(journey)
    prepared = journey.result(StageName.PREPARE, Prepared)
    if lost := [name for name in there.values() if name != prepared.database]:
        told.append(f"Kept from an earlier restore and removed once this one went well: {', '.join(lost)}.")
    return told


async def still_there(journey: Journey, plan: Restoring) -> None:
    """Raises PlanVoided where the prepared database is gone."""
    if plan.database not in await databases(journey.parts.settings.journal):
        raise PlanVoided(f"The prepared database {plan.database} is gone since the plan was made.")


async def _manifests(journey: Journey) -> tuple[Manifest | None, Manifest | None]:
    """Of the backup that is asked for, and of the safety backup; None where there is none."""
    asked = journey.result(StageName.CHECK, Checked).backup_id
    safety = journey.result(StageName.BACKUP, BackedUp).backup_id
    return await _manifest(journey, asked), await _manifest(journey, safety)


async def _manifest(journey: Journey, number: BackupId | None) -> Manifest | None:
    backup = await journey.parts.store.releases.backup(number) if number else None
    return read_manifest(backup) if backup else None
