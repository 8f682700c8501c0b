"""Migrate: the project's migration command in a one-off container of the new image, at most once."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from dataclasses import dataclass

from pipeline.containers.compose import pin_one_off
from pipeline.containers.container import ASKED_LABEL
from pipeline.containers.engine import PROJECT_LABEL, RUN_LABEL, EngineUnreachable
from pipeline.database.turn import turn
from pipeline.model.errors import PipelineError, StageFailed
from pipeline.model.release import Release
from pipeline.model.results import Migrated
from pipeline.process import run as run_command
from pipeline.process import scratch
from pipeline.project.application import Application
from pipeline.stages.journey import Journey
from pipeline.stages.one_first import one_first
from pipeline.stages.resolved import read
from pipeline.stages.revision import Asked, of_release, schema_revision
from pipeline.stages.switch import IN_BETWEEN

CREATING = "creating"
"""The mark that is left before the container is created; it holds the schema's revision `before`."""

_TURN_SECONDS = 30.0
_CREATE_SECONDS = 120.0
_END_SECONDS = 30
_LOG_LINES = 30


@dataclass(frozen=True, kw_only=True)
class Migration:
    """What moves the schema: `command` in `service`'s image of `release`, whose application is `app`."""

    release: Release
    app: Application
    service: str
    command: list[str]

    @property
    def asked(self) -> Asked:
        """Who tells the schema's revision: the image that moves it."""
        return of_release(self.app, self.release)


@dataclass(frozen=True, kw_only=True)
class Carried:
    """How a migration ended, and the schema's revision before and after it. `log` are its last lines."""

    before: str | None
    after: str | None
    code: int
    log: str

    @property
    def where(self) -> str:
        return "is unchanged" if self.after == self.before else f"moved from {self.before} to {self.after}"


async def run(journey: Journey) -> Migrated:
    goal = await journey.goal()
    app = await read(journey.parts, goal.kept_compose_file)
    section, service = app.section.migrate, app.migrated()
    if section is None or service is None:
        return Migrated(ran=False)
    done = await carry_out(
        journey, Migration(release=goal, app=app, service=service.name, command=section.command)
    )
    if done.code != 0:
        raise StageFailed(
            f"The migration failed (exit code {done.code}); the schema {done.where}.",
            production=IN_BETWEEN,
            advice="Mend the migration, push, and deploy again.",
            log=done.log,
        )
    return Migrated(ran=True, before=done.before, after=done.after)


async def carry_out(journey: Journey, migration: Migration) -> Carried:
    """The container stays until the run has ended: whoever does the stage again finds it by its name,
    and waits for it or reads how it ended."""
    async with _turn(journey, migration.app):
        before = await _before(journey, migration)
        await _running(journey, migration, before)
        code, log = await _finish(journey)
        after = await schema_revision(journey.parts, migration.asked, run=journey.run.id)
    return Carried(before=before, after=after, code=code, log=log)


def _turn(journey: Journey, app: Application) -> contextlib.AbstractAsyncContextManager[None]:
    """Nobody else migrates meanwhile; where there is no database, there is nothing to keep them from."""
    if not app.section.database:
        return contextlib.nullcontext()
    settings = journey.parts.settings
    who = f"vnext {settings.project_name} run {journey.run.id}"
    return turn(settings.application, who, wait=_TURN_SECONDS, production=IN_BETWEEN)


async def _before(journey: Journey, migration: Migration) -> str | None:
    """The schema's revision before the migration, also where an earlier try has begun it."""
    marked = journey.marks.get(CREATING)
    if marked is not None:
        return marked.get("before")
    return await schema_revision(journey.parts, migration.asked, run=journey.run.id)


async def _running(journey: Journey, migration: Migration, before: str | None) -> None:
    """Sees to it that the run's container was started, once."""
    engine, name = journey.parts.engine, journey.one_off(journey.stage)
    found = await engine.container(name)
    if found is not None and found.asked != _asked(journey):
        await engine.remove(name)  # left by a run of the same number in another journal
        found = None
    if found is None:
        await journey.mark(CREATING, before=before)
        await _create(journey, migration)
    elif found.started_at is None:
        await engine.start(name)  # cut between making and starting it
    else:
        journey.tell("the migration was started before; waiting for it")


async def _create(journey: Journey, migration: Migration) -> None:
    parts, release, service = journey.parts, migration.release, migration.service
    labels = {
        RUN_LABEL: str(journey.run.id),
        PROJECT_LABEL: parts.compose.project,
        ASKED_LABEL: _asked(journey),
    }
    with scratch() as folder:
        override = folder / "one-off.json"
        override.write_text(pin_one_off(service, release.images[service]))
        async with one_first(parts, release.kept_compose_file):
            await run_command(
                parts.compose.one_off(
                    [release.kept_compose_file, override],
                    service,
                    journey.one_off(journey.stage),
                    migration.command,
                    labels,
                ),
                timeout=_CREATE_SECONDS,
                redact=parts.redact,
                check=True,
                production=IN_BETWEEN,
            )


def _asked(journey: Journey) -> str:
    """Tells the run from one of the same number in another journal."""
    return journey.run.requested_at.isoformat()


async def _finish(journey: Journey) -> tuple[int, str]:
    """Exit code and last lines of the one-off container, whoever started it.

    Where that cannot be had, the container is stopped: the way back does not begin beside a migration. While
    the daemon is away nothing is known, and a cancellation parks the run: then it goes on.
    """
    engine, name = journey.parts.engine, journey.one_off(journey.stage)
    last: deque[str] = deque(maxlen=_LOG_LINES)

    def on_line(line: str) -> None:
        last.append(line)
        journey.tell(line)

    limit = journey.parts.settings.deployment_timeout
    try:
        async with asyncio.timeout(limit):
            await engine.follow(name, on_line, journey.parts.redact)
        code = await engine.wait(name, timeout=_END_SECONDS)
    except EngineUnreachable:
        raise
    except TimeoutError:
        await engine.stop(name)
        raise StageFailed(
            f"The migration did not end within {limit:g} s.",
            production=IN_BETWEEN,
            advice="See what it waits for; raise DEPLOYMENT_TIMEOUT if it is only slow.",
            log="\n".join(last),
        ) from None
    except PipelineError:
        with contextlib.suppress(PipelineError):
            await engine.stop(name)
        raise
    return code, "\n".join(last)
