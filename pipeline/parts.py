"""The composition root of worker and command line: where the parts of the pipeline are put together."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

from pipeline.containers.compose import Compose, find_program
from pipeline.containers.engine import Engine
from pipeline.containers.installation import locate
from pipeline.model.errors import ConfigurationError
from pipeline.redact import redactor, secrets_of
from pipeline.settings import WorkerSettings
from pipeline.source import Source
from pipeline.stages.journey import Parts
from pipeline.stages.layout import Layout
from pipeline.stages.resolved import installed_compose_file, read
from pipeline.store.store import open_store


@contextlib.asynccontextmanager
async def assemble(settings: WorkerSettings) -> AsyncIterator[Parts]:
    """All parts, each one tried. Raises ConfigurationError, EngineUnreachable, JournalUnreachable."""
    layout = Layout(settings.state_dir.absolute(), settings.project_name)
    try:
        layout.backups.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            "STATE_DIR", f"{settings.state_dir} ({error.strerror})", "a writable directory"
        ) from None
    engine = Engine()
    try:
        await engine.ping()
        compose = Compose(
            program=await find_program(),
            project=settings.compose_project_name,
            directory=await locate(engine, settings.docker_compose_file),
        )
        async with open_store(settings.journal) as store:
            parts = Parts(
                settings=settings,
                store=store,
                engine=engine,
                compose=compose,
                source=Source(settings.git_url, layout.mirror),
                layout=layout,
                redact=redactor(_secrets(settings)),
                clock=lambda: datetime.now(UTC),
                sleep=asyncio.sleep,
            )
            await read(parts, installed_compose_file(parts))
            yield parts
    finally:
        engine.close()


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


def _secrets(settings: WorkerSettings) -> list[str]:
    password = urlsplit(settings.git_url).password
    return [
        settings.db_password.get_secret_value(),
        *([password] if password else []),
        *secrets_of(os.environ),
    ]
