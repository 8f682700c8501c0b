"""A copy of the database in a network of the run's own, where nothing else is reached and the application
finds it by the names of the live server: for a rehearsal and a rollback drill alike."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.containers import networks
from pipeline.containers.engine import PROJECT_LABEL, RUN_LABEL
from pipeline.database import restore
from pipeline.database.client import Client
from pipeline.database.manifest import Manifest, roles_of
from pipeline.database.roles import copy_roles
from pipeline.database.throwaway import Throwaway, throwaway
from pipeline.model.errors import StageFailed
from pipeline.process import run as run_command
from pipeline.process import scratch
from pipeline.project.rehearsal import cut_down
from pipeline.project.section import MigrateSection
from pipeline.stages.bringing_back import bring_back
from pipeline.stages.journey import Journey
from pipeline.stages.revision import told_by

_START_SECONDS = 120.0
_CREATE_SECONDS = 120.0
_END_SECONDS = 30
_LOG_LINES = 30


@dataclass(frozen=True, kw_only=True)
class Migrator:
    """The service that migrates, with its image and its compose file as resolved."""

    section: MigrateSection
    service: str
    image: str
    config: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Copy:
    """`name` begins the names of all that belongs to it."""

    name: str
    network: str
    server: Throwaway


@contextlib.asynccontextmanager
async def database_copy(
    journey: Journey, client: Client, aliases: Sequence[str], *, sealed: bool = False
) -> AsyncIterator[Copy]:
    """An empty server like that of `client`, gone afterwards. What an earlier try left goes first."""
    parts, name = journey.parts, journey.one_off(journey.stage)
    server, network = f"{name}-postgres", f"{name}-network"
    await _clear(journey, name, server)
    journey.tell("starting a PostgreSQL for the copy")
    async with networks.private(
        parts.engine, network, run=journey.run.id, project=parts.compose.project, sealed=sealed
    ) as subnets:
        try:
            async with throwaway(
                parts.engine,
                client,
                name=server,
                run_id=journey.run.id,
                redact=parts.redact,
                timeout=_START_SECONDS,
                network=network,
                subnets=subnets,
                aliases=aliases,
            ) as copy:
                yield Copy(name=name, network=network, server=copy)
        finally:
            await _clear(journey, name, server)


async def _clear(journey: Journey, *names: str) -> None:
    for name in names:
        await journey.parts.engine.remove(name)


async def fill(journey: Journey, copy: Copy, dump: Path, manifest: Manifest) -> None:
    """Restores the dump under the name of the live database; after that nothing but the network of the copy
    is reached. Raises CommandFailed, RolesRefused."""
    settings, server, like = journey.parts.settings, copy.server, manifest.properties
    if like.sealed and settings.backup_identity is None:  # of a dump of just now
        like = await restore.properties_of(settings.journal, settings.db_name) or like
    await copy_roles(settings.application, server.admin)
    await server.make_roles(roles_of(manifest))
    await bring_back(
        journey,
        server.client,
        server.admin,
        dump,
        into=settings.db_name,
        like=like,
        tables=len(manifest.tables),
        name=f"{copy.name}-restore",
    )
    await networks.leave_others(journey.parts.engine, container_of(copy), copy.network)


async def revision_of(journey: Journey, copy: Copy, migrator: Migrator) -> str | None:
    """Asked where nothing but the copy is reached. Raises RevisionUnknown."""
    settings, section = journey.parts.settings, migrator.section
    if section.query is not None:
        return await copy.server.answer(settings.db_name, settings.db_user, section.query)
    if section.telling is None:
        return None
    with _compose_file(migrator, copy.network) as file:
        return await told_by(journey.parts, [file], migrator.service, section.telling, run=journey.run.id)


@contextlib.contextmanager
def _compose_file(migrator: Migrator, network: str) -> Iterator[Path]:
    """Of the service alone, in that network; it holds secrets, and is gone again afterwards."""
    with scratch() as folder:
        file = folder / "alone.json"
        file.touch(mode=0o600)
        file.write_text(json.dumps(cut_down(migrator.config, migrator.service, migrator.image, network)))
        yield file


async def migrate(
    journey: Journey, copy: Copy, migrator: Migrator, command: Sequence[str]
) -> tuple[int, str, float]:
    """Exit code and last lines of a one-off container of the service, and how many seconds it took. Raises
    StageFailed where it does not end in time."""
    parts, name = journey.parts, copy.name
    labels = {RUN_LABEL: str(journey.run.id), PROJECT_LABEL: parts.compose.project}
    await parts.engine.remove(name)
    with _compose_file(migrator, copy.network) as file:
        await run_command(
            parts.compose.one_off([file], migrator.service, name, command, labels),
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


def container_of(copy: Copy) -> str:
    """The id of the server's container."""
    if copy.server.client.server is None:
        raise ValueError("a throwaway server has a container")
    return copy.server.client.server.id
