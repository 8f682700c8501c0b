"""The composition root of worker and command line: where the parts of the pipeline are put together."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime

from pipeline.cancelling import end
from pipeline.chaos import reaching
from pipeline.containers.compose import Compose, find_program
from pipeline.containers.engine import Engine
from pipeline.containers.installation import locate
from pipeline.model.errors import ConfigurationError
from pipeline.redact import redactor, secrets_of
from pipeline.settings import WorkerSettings
from pipeline.source import Source
from pipeline.stages.journey import Hands, Parts
from pipeline.stages.layout import Layout
from pipeline.stages.resolved import installed_compose_file, read
from pipeline.store.store import open_store


@contextlib.asynccontextmanager
async def equip(settings: WorkerSettings) -> AsyncIterator[Hands]:
    """What works without the journal, each part tried. Raises ConfigurationError, EngineUnreachable."""
    layout = Layout(settings.state_dir.absolute(), settings.project_name)
    try:
        layout.backups.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            "STATE_DIR", f"{settings.state_dir} ({error.strerror})", "a writable directory"
        ) from None
    engine = Engine()
    finding = asyncio.create_task(find_program())  # beside the daemon's answer, for both take their time
    try:
        await engine.ping()
        hands = Hands(
            settings=settings,
            engine=engine,
            compose=Compose(
                program=await finding,
                project=settings.compose_project_name,
                directory=await locate(engine, settings.docker_compose_file),
            ),
            source=Source(settings.git_url, layout.mirror),
            layout=layout,
            redact=redactor([*settings.secrets, *secrets_of(os.environ)]),
            clock=lambda: datetime.now(UTC),
            sleep=asyncio.sleep,
        )
        await read(hands, installed_compose_file(hands))
        yield hands
    finally:
        await end([finding])
        if not finding.cancelled():
            finding.exception()  # told where it is awaited; a daemon that is away comes first
        engine.close()


@contextlib.asynccontextmanager
async def assemble(settings: WorkerSettings) -> AsyncIterator[Parts]:
    """All parts. Raises ConfigurationError, EngineUnreachable, JournalUnreachable, JournalTooNew."""
    async with equip(settings) as hands, with_journal(hands) as parts:
        yield parts


@contextlib.asynccontextmanager
async def with_journal(hands: Hands) -> AsyncIterator[Parts]:
    """The hands and the journal. Raises JournalUnreachable, JournalTooNew."""
    async with open_store(hands.settings.journal) as store:
        given = {field.name: getattr(hands, field.name) for field in dataclasses.fields(hands)}
        yield Parts(**given, store=store, reach=reaching(os.environ))


def check_identity(settings: WorkerSettings) -> None:
    """Raises ConfigurationError where the file of BACKUP_IDENTITY cannot be read."""
    path = settings.backup_identity
    if path is None:
        return
    try:
        path.open("rb").close()
    except OSError as error:
        raise ConfigurationError(
            "BACKUP_IDENTITY", f"{path} ({error.strerror})", "the path of a file that the worker can read"
        ) from None


async def check_branch(parts: Parts) -> str | None:
    """The SHA at the tip of GIT_BRANCH, None in a repository without commits.

    Raises ConfigurationError where the repository has other branches but not this one, RemoteUnreachable.
    """
    branch = parts.settings.git_branch
    tips = await parts.source.tips()
    if tips and branch not in tips:
        raise ConfigurationError(
            "GIT_BRANCH", repr(branch), f"a branch of GIT_URL: {', '.join(sorted(tips)[:20])}"
        )
    return tips.get(branch)
