"""The composition root of worker and command line: where the parts of the pipeline are put together."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pipeline.cancelling import end
from pipeline.chaos import reaching
from pipeline.containers.compose import Compose, find_program
from pipeline.containers.engine import Engine
from pipeline.containers.installation import locate
from pipeline.model.errors import ConfigurationError
from pipeline.project.application import Application
from pipeline.project.owners import Owners
from pipeline.reading import its_variables
from pipeline.redact import redactor, secrets_of
from pipeline.settings import WorkerSettings
from pipeline.source import Source
from pipeline.stages import apart
from pipeline.stages.journey import Hands, Parts
from pipeline.stages.layout import Layout
from pipeline.stages.resolved import installed_compose_file, read
from pipeline.store.store import Store, open_store


@dataclass(frozen=True, kw_only=True)
class Machine:
    """What the projects of an installation share: the Docker daemon, the compose program, who of them may let
    it make networks, and what each of them has for itself."""

    engine: Engine
    program: tuple[str, ...]
    first: asyncio.Lock = field(default_factory=asyncio.Lock)
    owners: Owners = field(default_factory=Owners)


@contextlib.asynccontextmanager
async def equip(settings: WorkerSettings) -> AsyncIterator[Hands]:
    """What works without the journal, each part tried. Raises ConfigurationError, EngineUnreachable."""
    _state_of(settings)
    async with machine() as shared:
        yield await hands_for(settings, shared)


@contextlib.asynccontextmanager
async def machine() -> AsyncIterator[Machine]:
    """Raises EngineUnreachable, ComposeMissing."""
    engine = Engine()
    finding = asyncio.create_task(find_program())  # beside the daemon's answer, for both take their time
    try:
        await engine.ping()
        yield Machine(engine=engine, program=await finding)
    finally:
        await end([finding])
        if not finding.cancelled():
            finding.exception()  # told where it is awaited; a daemon that is away comes first
        engine.close()


async def hands_for(settings: WorkerSettings, shared: Machine) -> Hands:
    """The hands of one project, its compose file read. Raises ConfigurationError, EngineUnreachable."""
    layout = _state_of(settings)
    with its_variables(settings):
        hands = Hands(
            settings=settings,
            engine=shared.engine,
            compose=Compose(
                program=shared.program,
                project=settings.compose_project_name,
                directory=await locate(shared.engine, settings.docker_compose_file),
            ),
            database_project=_database_project(settings),
            source=Source(settings.git_url, layout.mirror),
            layout=layout,
            redact=redactor([*settings.secrets, *secrets_of(os.environ)]),
            clock=lambda: datetime.now(UTC),
            sleep=asyncio.sleep,
            first=shared.first,
            owners=shared.owners,
        )
        await read(hands, installed_compose_file(hands))
    return hands


async def claim(hands: Hands) -> Application:
    """What the project's compose file says, which is of no other project. Raises ConfigurationError,
    EngineUnreachable."""
    application = await read(hands, installed_compose_file(hands))
    await apart.claim(hands, application)
    return application


def _database_project(settings: WorkerSettings) -> str:
    """The compose project of the first project: DB_HOST is a name in its network."""
    if not settings.beside_the_first:
        return settings.compose_project_name
    default: str = WorkerSettings.model_fields["compose_project_name"].default
    return os.environ.get("COMPOSE_PROJECT_NAME") or default


def _state_of(settings: WorkerSettings) -> Layout:
    """Raises ConfigurationError."""
    layout = Layout(settings.state_dir.absolute(), settings.project_name)
    try:
        layout.backups.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            "STATE_DIR", f"{settings.state_dir} ({error.strerror})", "a writable directory"
        ) from None
    return layout


@contextlib.asynccontextmanager
async def assemble(settings: WorkerSettings) -> AsyncIterator[Parts]:
    """All parts. Raises ConfigurationError, EngineUnreachable, JournalUnreachable, JournalTooNew."""
    async with equip(settings) as hands, with_journal(hands) as parts:
        yield parts


@contextlib.asynccontextmanager
async def with_journal(hands: Hands) -> AsyncIterator[Parts]:
    """The hands and the journal. Raises JournalUnreachable, JournalTooNew."""
    async with open_store(hands.settings.journal) as store:
        yield parts_for(hands, store)


def parts_for(hands: Hands, store: Store) -> Parts:
    given = {field.name: getattr(hands, field.name) for field in dataclasses.fields(hands)}
    return Parts(**given, store=store, reach=reaching(os.environ))


def check_for_all(settings: WorkerSettings) -> None:
    """What all projects of the installation have in common. Raises ConfigurationError."""
    check_identity(settings)
    to = settings.copies_to
    if to is not None and to.missing:
        raise ConfigurationError(
            "OFFSITE",
            f"a copy by {to.tool}, which is not on PATH here",
            "a tool that is installed where the worker runs (docs/configuration.md says how)",
        )


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
        with its_variables(parts.settings):
            raise ConfigurationError(
                "GIT_BRANCH", repr(branch), f"a branch of GIT_URL: {', '.join(sorted(tips)[:20])}"
            )
    return tips.get(branch)
