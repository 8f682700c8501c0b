"""Prove: the backup is restored into a throwaway PostgreSQL, compared with its manifest and looked through.

That it is usable or not is told to the journal; whatever else goes wrong says nothing about the backup.
"""

from __future__ import annotations

import time
from pathlib import Path

from pipeline.cancelling import pass_on_cancellation
from pipeline.database import restore
from pipeline.database.amcheck import Looked, look_through
from pipeline.database.client import find_client
from pipeline.database.faults import tells_of_the_backup
from pipeline.database.fitness import refusals, room
from pipeline.database.manifest import Manifest, differences, listed, roles_of
from pipeline.database.roles import RolesRefused, copy_roles
from pipeline.database.survey import take
from pipeline.database.throwaway import Throwaway, throwaway
from pipeline.model.errors import PipelineError
from pipeline.model.release import BackupId
from pipeline.model.results import Checked, Proved
from pipeline.model.states import StageName
from pipeline.process import CommandFailed
from pipeline.stages.bringing_back import bring_back
from pipeline.stages.check import read_manifest
from pipeline.stages.examine import untried
from pipeline.stages.journey import Journey
from pipeline.stages.quarantine import quarantine
from pipeline.store.connect import LOST

_INTO = "drilled"  # the name of the copy, in a server of its own
_START_SECONDS = 120.0
_NOTES = 3


async def run(journey: Journey) -> Proved:
    """Level `restore`. Raises Unusable where the backup is not; StageFailed where that could not be tried."""
    parts, settings = journey.parts, journey.parts.settings
    began = time.monotonic()
    number = BackupId(journey.result(StageName.CHECK, Checked).backup_id or 0)
    manifest = await _manifest(journey, number)
    like = await find_client(parts.engine, settings.application, parts.database_project)
    journey.tell("starting a throwaway PostgreSQL")
    async with throwaway(
        parts.engine,
        like,
        name=f"{journey.one_off(StageName.PROVE)}-server",
        run_id=journey.run.id,
        redact=parts.redact,
        timeout=_START_SECONDS,
    ) as aside:
        await _fits(journey, number, manifest, aside)
        await _bring_back(journey, number, manifest, aside)
        await _compare(journey, number, manifest, aside)
        looked = await look_through(aside.at(_INTO), timeout=settings.backup_timeout, tell=journey.tell)
        if looked.findings:
            log = "\n".join(looked.findings)
            raise await quarantine(journey, number, f"amcheck found damage: {listed(looked.findings)}", log)
    await parts.store.releases.prove_backup(number, journey.fence)
    return Proved(
        backup_id=number,
        tables=len(manifest.tables),
        rows=manifest.rows,
        indexes=looked.indexes,
        seconds=round(time.monotonic() - began, 1),
        note=_note(looked),
    )


async def _manifest(journey: Journey, number: BackupId) -> Manifest:
    backup = await journey.parts.store.releases.backup(number)
    manifest = read_manifest(backup) if backup else None
    if manifest is None:
        raise LookupError(f"backup {number} or its manifest is gone from the journal")
    return manifest


async def _fits(journey: Journey, number: BackupId, manifest: Manifest, aside: Throwaway) -> None:
    """The roles as they are on the live server: what belongs to a superuser comes back for one only. Raises
    StageFailed where the server cannot take it, which is no fault of the backup."""
    try:
        await copy_roles(journey.parts.settings.application, aside.admin)
    except RolesRefused as error:
        raise untried(number, error.what.removesuffix(".")) from error
    await aside.make_roles(roles_of(manifest))
    has = await restore.server(aside.admin, aside.client)
    problems = [
        *refusals(manifest, has, manifest.database),
        *room(manifest.bytes, has.free, "the disk of Docker"),
    ]
    if problems:
        raise untried(number, listed(problems))


async def _bring_back(journey: Journey, number: BackupId, manifest: Manifest, aside: Throwaway) -> None:
    try:
        await bring_back(
            journey,
            aside.client,
            aside.admin,
            Path(journey.result(StageName.CHECK, Checked).path or ""),
            into=_INTO,
            like=manifest.properties,
            tables=len(manifest.tables),
            name=journey.one_off(StageName.PROVE),
        )
    except CommandFailed as error:
        told = restore.cause(error)
        first = told.splitlines()[0]
        if not tells_of_the_backup(error) or not await _stands(aside):
            raise untried(number, f"restoring it broke off: {first}", log=told) from error
        raise await quarantine(journey, number, f"it cannot be restored: {first}", told) from error


async def _stands(aside: Throwaway) -> bool:
    """Whether the throwaway server answers: what fails for its end says nothing about the backup."""
    try:
        await restore.databases(aside.admin)
    except (PipelineError, *LOST):
        pass_on_cancellation()
        return False
    return True


async def _compare(journey: Journey, number: BackupId, manifest: Manifest, aside: Throwaway) -> None:
    found = await take(
        aside.at(_INTO), None, timeout=journey.parts.settings.backup_timeout, tell=journey.tell
    )
    if told := differences(manifest, found):
        what = f"what came back is not what was backed up: {listed(told)}"
        raise await quarantine(journey, number, what, "\n".join(told))


def _note(looked: Looked) -> str | None:
    return listed(looked.notes[:_NOTES]) if looked.notes else None
