"""Migrate: the project's migration command in a one-off container of the new image."""

from __future__ import annotations

import asyncio
import tempfile
from collections import deque
from pathlib import Path

from pipeline.containers.compose import pin_one_off
from pipeline.model.errors import StageFailed
from pipeline.model.results import Migrated
from pipeline.model.states import StageName
from pipeline.process import run as run_command
from pipeline.stages.journey import Journey
from pipeline.stages.live import schema_revision
from pipeline.stages.resolved import read
from pipeline.stages.switch import IN_BETWEEN

_CREATE_SECONDS = 120.0
_END_SECONDS = 30
_LOG_LINES = 30


async def run(journey: Journey) -> Migrated:
    parts = journey.parts
    goal = await journey.goal()
    app = await read(parts, goal.kept_compose_file)
    section, service = app.section.migrate, app.migrated()
    if section is None or service is None:
        return Migrated(ran=False)
    before = await schema_revision(parts, app)
    name = journey.one_off(StageName.MIGRATE)
    if await parts.engine.container(name) is None:
        await _create(journey, name, service.name, goal.images[service.name], section.command)
    try:
        code, log = await _finish(journey, name)
    except asyncio.CancelledError:
        raise  # parked: the container goes on, and whoever resumes the run finds it by its name
    except BaseException:
        await parts.engine.remove(name)
        raise
    await parts.engine.remove(name)
    if code != 0:
        after = await schema_revision(parts, app)
        moved = "is unchanged" if after == before else f"moved from {before} to {after}"
        raise StageFailed(
            f"The migration failed (exit code {code}); the schema {moved}.",
            production=IN_BETWEEN,
            advice="Mend the migration, push, and deploy again.",
            log=log,
        )
    return Migrated(ran=True, before=before, after=await schema_revision(parts, app))


async def _create(journey: Journey, name: str, service: str, image: str, command: list[str]) -> None:
    parts = journey.parts
    goal = await journey.goal()
    with tempfile.TemporaryDirectory(prefix="vnext-") as scratch:
        override = Path(scratch) / "one-off.json"
        override.write_text(pin_one_off(service, image))
        await run_command(
            parts.compose.one_off([goal.kept_compose_file, override], service, name, command),
            timeout=_CREATE_SECONDS,
            redact=parts.redact,
            check=True,
            production=IN_BETWEEN,
        )


async def _finish(journey: Journey, name: str) -> tuple[int, str]:
    """Exit code and last lines of the one-off container, whoever started it."""
    parts = journey.parts
    last: deque[str] = deque(maxlen=_LOG_LINES)

    def on_line(line: str) -> None:
        line = parts.redact(line)
        last.append(line)
        journey.tell(line)

    try:
        async with asyncio.timeout(parts.settings.deployment_timeout):
            await parts.engine.follow(name, on_line)
        code = await parts.engine.wait(name, timeout=_END_SECONDS)
    except TimeoutError:
        raise StageFailed(
            f"The migration did not end within {parts.settings.deployment_timeout:g} s.",
            production=IN_BETWEEN,
            advice="See what it waits for; raise DEPLOYMENT_TIMEOUT if it is only slow.",
            log="\n".join(last),
        ) from None
    return code, "\n".join(last)
