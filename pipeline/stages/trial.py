"""Trial: the release to go back to is started on a copy of the data, where it reaches nothing else.

All of it is one stage and is gone at its end: cut, it begins anew.
"""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pipeline.containers.copies import copy_project, remove_copy
from pipeline.containers.engine import PROJECT_LABEL, RUN_LABEL
from pipeline.database import restore
from pipeline.database.fitness import room
from pipeline.database.manifest import Manifest
from pipeline.model.errors import StageFailed
from pipeline.model.release import Backup, BackupId
from pipeline.model.results import Checked, Smoked, Tried
from pipeline.model.states import StageName
from pipeline.process import CommandFailed, scratch
from pipeline.process import run as run_command
from pipeline.project.application import Application
from pipeline.project.copied import Copied, copied
from pipeline.project.rehearsal import aliases
from pipeline.smoke.of_a_copy import asked_of_the_copy
from pipeline.stages import switch
from pipeline.stages.check import read_manifest
from pipeline.stages.copied_schema import as_a_rollback_would
from pipeline.stages.database_copy import Copy, container_of, database_copy, fill
from pipeline.stages.into_the_copy import ways_into
from pipeline.stages.journey import Journey, Parts
from pipeline.stages.no_way_back import no_way_back
from pipeline.stages.ready import Staging, cannot, stage_of

_UP_SECONDS = 180.0
_LOG_LINES = 30


@dataclass(frozen=True, kw_only=True)
class _Trial:
    """A release as it is tried: `hands` and `app` are those of the copy, `config` is its compose file, and
    `cut` what it does without; checks of the names in `without` are not asked."""

    staging: Staging
    hands: Parts
    app: Application
    config: dict[str, Any]
    without: frozenset[str]
    cut: list[str]


async def run(journey: Journey) -> Tried:
    """Raises NoWayBack where the release does not come up well; StageFailed where that could not be tried."""
    began, staging = time.monotonic(), await stage_of(journey)
    backup, manifest = await _backup(journey)
    trial = _trial(journey, staging)
    async with _stage(journey, staging) as copy:
        await _fill(journey, staging, copy, backup, manifest)
        schema = await as_a_rollback_would(journey, copy, staging)
        took, unwell = await _started(journey, trial)
        smoked = await _checked(journey, trial, copy)
    return Tried(
        release_id=staging.goal.id,
        commit=staging.goal.short_sha,
        backup_id=backup.id,
        taken_at=manifest.taken_at,
        schema=schema,
        with_data=staging.with_data,
        start_seconds=round(took, 1),
        seconds=round(time.monotonic() - began, 1),
        checks=smoked.checks,
        cut=[*trial.cut, *([f"not well, but not critical: {', '.join(unwell)}"] if unwell else [])],
    )


def _trial(journey: Journey, staging: Staging) -> _Trial:
    parts = journey.parts
    made = _copied(journey, staging)
    section = staging.app.section
    asked = asked_of_the_copy(section.smoke, parts.settings.api_url, staging.config, staging.images)
    project = copy_project(parts.compose.project, journey.run.id)
    return _Trial(
        staging=staging,
        hands=replace(parts, compose=replace(parts.compose, project=project)),
        app=replace(
            staging.app,
            services=[service for service in staging.app.services if service.name in staging.images],
            section=section.model_copy(update={"smoke": asked.section}),
        ),
        config=made.config,
        without=asked.without,
        cut=[*made.cut, *([f"checks left out: {', '.join(asked.left)}"] if asked.left else [])],
    )


@asynccontextmanager
async def _stage(journey: Journey, staging: Staging) -> AsyncIterator[Copy]:
    """The empty copy of the database; all that was started beside it is gone before it is."""
    parts, place = journey.parts, staging.place
    names = {
        alias
        for service in staging.images
        for alias in aliases(staging.config, service, place.surroundings, parts.settings.db_host)
    }
    await remove_copy(parts.engine, parts.compose.project, journey.run.id)
    async with database_copy(journey, place.client, sorted(names), sealed=True) as copy:
        try:
            yield copy
        finally:
            await remove_copy(parts.engine, parts.compose.project, journey.run.id)


async def _backup(journey: Journey) -> tuple[Backup, Manifest]:
    number = BackupId(journey.result(StageName.CHECK, Checked).backup_id or 0)
    backup = await journey.parts.store.releases.backup(number)
    manifest = read_manifest(backup) if backup else None
    if backup is None or manifest is None:
        raise LookupError(f"backup {number} or its manifest is gone")
    return backup, manifest


def _copied(journey: Journey, staging: Staging) -> Copied:
    parts = journey.parts
    return copied(
        staging.config,
        images=staging.images,
        database=[*staging.database, *staging.place.surroundings.names],
        project=copy_project(parts.compose.project, journey.run.id),
        network=f"{journey.one_off(journey.stage)}-network",
        labels={RUN_LABEL: str(journey.run.id), PROJECT_LABEL: parts.compose.project},
        group=staging.goal.images,
        group_label=("deployment.group", parts.settings.deployment_group),
    )


async def _fill(journey: Journey, staging: Staging, copy: Copy, backup: Backup, manifest: Manifest) -> None:
    found = await restore.server(copy.server.admin, copy.server.client)
    if refused := room(manifest.bytes, found.free, "the disk that the copy would be on"):
        raise cannot(staging.goal, refused[0], "Make room, then ask again: /drill rollback.")
    try:
        await fill(journey, copy, Path(backup.path), manifest)
    except CommandFailed as error:
        told = restore.cause(error)
        raise cannot(
            staging.goal,
            f"backup {backup.id} could not be restored into a copy: {told.splitlines()[0].rstrip('.')}",
            f"/drill {backup.id} tells whether the backup is at fault.",
            told,
        ) from error


async def _started(journey: Journey, trial: _Trial) -> tuple[float, list[str]]:
    """Seconds until it was healthy, and what is not, of what is not critical."""
    goal, hands = trial.staging.goal, trial.hands
    journey.tell(f"starting release {goal.short_sha} on the copy")
    began = time.monotonic()
    with scratch() as folder:
        file = folder / "copy.json"
        file.touch(mode=0o600)
        file.write_text(json.dumps(trial.config))
        limit = hands.settings.deployment_timeout + _UP_SECONDS
        try:
            await run_command(hands.compose.up_whole([file]), timeout=limit, redact=hands.redact, check=True)
        except CommandFailed as error:
            why = f"Compose could not start it: {error.what}"
            raise no_way_back(goal, why, await _log(hands), trial.cut) from error
    try:
        waited = await switch.wait(hands, trial.app, journey.tell)
    except StageFailed as error:
        raise no_way_back(goal, error.what, error.log or await _log(hands), trial.cut) from error
    return time.monotonic() - began, waited.unwell


async def _checked(journey: Journey, trial: _Trial, copy: Copy) -> Smoked:
    staging, hands, app = trial.staging, trial.hands, trial.app
    async with ways_into(hands, app, staging.config, staging.images, container_of(copy)) as ways:
        found = await switch.examine(hands, app, journey.tell, without=trial.without, by=ways)
    failed = [check for check in found.checks if not check.ok]
    if failed:
        log = "\n".join([*map(switch.told, failed), await _log(hands)])
        names = ", ".join(check.name for check in failed)
        raise no_way_back(staging.goal, f"Its checks failed: {names}.", log, trial.cut)
    return found


async def _log(hands: Parts) -> str:
    """The last lines of each container of the copy."""
    labels = [f"com.docker.compose.project={hands.compose.project}"]
    lines: list[str] = []
    for container in sorted(await hands.engine.containers(labels), key=lambda c: c.name):
        said = await hands.engine.logs(container.id, tail=_LOG_LINES)
        lines += [f"{container.service or container.name}: {line}" for line in said]
    return hands.redact("\n".join(lines[-_LOG_LINES:]))
