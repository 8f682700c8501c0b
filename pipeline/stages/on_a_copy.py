"""A migration on a copy of the database: a server and a network of the run's own, where it reaches nothing
else and the application finds the copy by the names of the live server."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections import deque
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.containers import networks
from pipeline.containers.engine import PROJECT_LABEL, RUN_LABEL
from pipeline.database import restore
from pipeline.database.client import Client
from pipeline.database.fitness import room
from pipeline.database.manifest import Manifest, roles_of
from pipeline.database.roles import copy_roles
from pipeline.database.throwaway import Throwaway, throwaway
from pipeline.model.errors import StageFailed
from pipeline.model.results import Rehearsed
from pipeline.model.states import StageName
from pipeline.process import CommandFailed, scratch
from pipeline.process import run as run_command
from pipeline.project.rehearsal import Surroundings, aliases, cut_down
from pipeline.project.section import MigrateSection
from pipeline.stages.bringing_back import bring_back
from pipeline.stages.journey import Journey
from pipeline.stages.revision import told_by

_NOT_AT_ALL = "With REHEARSE=never a deploy goes without."

_START_SECONDS = 120.0
_CREATE_SECONDS = 120.0
_END_SECONDS = 30
_LOG_LINES = 30


@dataclass(frozen=True, kw_only=True)
class Scene:
    """All that is known before anything is made. `config` is the new release's compose file as resolved."""

    section: MigrateSection
    service: str
    image: str
    config: dict[str, Any]
    client: Client
    surroundings: Surroundings
    dump: Path
    manifest: Manifest


async def rehearse(journey: Journey, scene: Scene, revisions: list[str]) -> Rehearsed:
    """Begins anew: what an earlier try left goes first. Raises StageFailed where the migration fails."""
    settings = journey.parts.settings
    async with _set_up(journey, scene) as (copy, network):
        needed = scene.manifest.bytes
        found = await restore.server(copy.admin, copy.client)
        if refused := room(needed, found.free, "the disk that the copy would be on"):
            return Rehearsed(ran=False, note=refused[0], revisions=revisions, hindered=True)
        await _bring_back(journey, scene, copy)
        await networks.leave_others(journey.parts.engine, _id(copy), network)
        before = await _revision(journey, scene, copy, network)
        journey.tell("migrating the copy")
        code, log, seconds = await _migrate(journey, scene, network)
        if code != 0:
            raise StageFailed(
                f"The migration failed on a copy of {settings.db_name} (exit code {code}).",
                advice="Mend the migration, push, and deploy again.",
                log=log,
            )
        after = await _revision(journey, scene, copy, network)
    return Rehearsed(ran=True, seconds=round(seconds, 3), before=before, after=after, revisions=revisions)


@contextlib.asynccontextmanager
async def _set_up(journey: Journey, scene: Scene) -> AsyncIterator[tuple[Throwaway, str]]:
    """The copy's server in a network where the application finds it by the names of the live one."""
    parts = journey.parts
    name, network = _server(journey), _network(journey)
    await _clear(journey)
    journey.tell("starting a PostgreSQL to rehearse on")
    async with networks.private(
        parts.engine, network, run=journey.run.id, project=parts.compose.project
    ) as subnets:
        try:
            async with throwaway(
                parts.engine,
                scene.client,
                name=name,
                run_id=journey.run.id,
                redact=parts.redact,
                timeout=_START_SECONDS,
                network=network,
                subnets=subnets,
                aliases=aliases(scene.config, scene.service, scene.surroundings, parts.settings.db_host),
            ) as copy:
                yield copy, network
        finally:
            await _clear(journey)


async def _clear(journey: Journey) -> None:
    for name in (journey.one_off(StageName.REHEARSE), _server(journey)):
        await journey.parts.engine.remove(name)


async def _bring_back(journey: Journey, scene: Scene, copy: Throwaway) -> None:
    settings = journey.parts.settings
    await copy_roles(settings.application, copy.admin)
    await copy.make_roles(roles_of(scene.manifest))
    try:
        await bring_back(
            journey,
            copy.client,
            copy.admin,
            scene.dump,
            into=settings.db_name,
            like=scene.manifest.properties,
            tables=len(scene.manifest.tables),
            name=f"{journey.one_off(StageName.REHEARSE)}-restore",
        )
    except CommandFailed as error:
        told = restore.cause(error)
        raise StageFailed(
            f"The backup could not be restored into a copy to rehearse on: {told.splitlines()[0]}",
            advice=f"See the run's log; that backup would not come back. {_NOT_AT_ALL}",
            log=told,
        ) from error


async def _revision(journey: Journey, scene: Scene, copy: Throwaway, network: str) -> str | None:
    """Asked where nothing but the copy is reached. Raises RevisionUnknown."""
    settings, section = journey.parts.settings, scene.section
    if section.query is not None:
        return await copy.answer(settings.db_name, settings.db_user, section.query)
    if section.telling is None:
        return None
    with _compose_file(scene, network) as file:
        return await told_by(journey.parts, [file], scene.service, section.telling, run=journey.run.id)


@contextlib.contextmanager
def _compose_file(scene: Scene, network: str) -> Iterator[Path]:
    """Of the service alone, in that network; it holds secrets, and is gone again afterwards."""
    with scratch() as folder:
        file = folder / "rehearsal.json"
        file.touch(mode=0o600)
        file.write_text(json.dumps(cut_down(scene.config, scene.service, scene.image, network)))
        yield file


async def _migrate(journey: Journey, scene: Scene, network: str) -> tuple[int, str, float]:
    """Exit code and last lines of the migration's container, and how many seconds it took."""
    parts, name = journey.parts, journey.one_off(StageName.REHEARSE)
    labels = {RUN_LABEL: str(journey.run.id), PROJECT_LABEL: parts.compose.project}
    with _compose_file(scene, network) as file:
        await run_command(
            parts.compose.one_off([file], scene.service, name, scene.section.command, labels),
            timeout=_CREATE_SECONDS,
            redact=parts.redact,
            check=True,
        )
    last: deque[str] = deque(maxlen=_LOG_LINES)

    def on_line(line: str) -> None:
        last.append(line)
        journey.tell(line)

    limit, began = parts.settings.deployment_timeout, time.monotonic()
    try:
        async with asyncio.timeout(limit):
            await parts.engine.follow(name, on_line, parts.redact)
        code = await parts.engine.wait(name, timeout=_END_SECONDS)
        seconds = time.monotonic() - began
    except TimeoutError:
        raise StageFailed(
            f"The migration did not end within {limit:g} s on a copy of {parts.settings.db_name}.",
            advice="See what it waits for; raise DEPLOYMENT_TIMEOUT if it is only slow.",
            log="\n".join(last),
        ) from None
    return code, "\n".join(last), seconds


def _server(journey: Journey) -> str:
    return f"{journey.one_off(StageName.REHEARSE)}-postgres"


def _network(journey: Journey) -> str:
    return f"{journey.one_off(StageName.REHEARSE)}-network"


def _id(copy: Throwaway) -> str:
    if copy.client.server is None:
        raise ValueError("a throwaway server has a container")
    return copy.client.server.id
