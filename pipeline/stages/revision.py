"""The schema's revision as the application tells it: by a query in its database, or by a command in a one-off
container of a release's image.
"""

from __future__ import annotations

import secrets
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from pipeline.containers.compose import pin_one_off
from pipeline.containers.engine import PROJECT_LABEL, RUN_LABEL
from pipeline.database import schema
from pipeline.database.schema import RevisionUnknown
from pipeline.model.release import Release, RunId
from pipeline.process import CommandMissing, CommandTimedOut, Finished, scratch
from pipeline.process import run as run_command
from pipeline.project.application import Application
from pipeline.stages.journey import Hands
from pipeline.stages.one_first import one_first
from pipeline.stages.resolved import installed_compose_file, read

NO_RUN = RunId(0)
"""Where it is asked without a run."""

_SECONDS = 60.0

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Asked:
    """An application as `compose_file` describes it, with its images by service."""

    app: Application
    compose_file: Path
    images: Mapping[str, str]


def of_release(app: Application, release: Release) -> Asked:
    return Asked(app=app, compose_file=release.kept_compose_file, images=release.images)


async def schema_revision(hands: Hands, asked: Asked, *, run: RunId = NO_RUN) -> str | None:
    """None where the project does not say how to ask for it, and before the first migration.

    Raises RevisionUnknown, ConfigurationError, EngineUnreachable.
    """
    app = asked.app
    migrate = app.section.migrate if app.section.database else None
    if migrate is None:
        return None
    if migrate.query is not None:
        return await schema.revision(hands.settings.application, migrate.query)
    if not migrate.telling:
        return None
    service = app.migrated()
    image = asked.images.get(service.name) if service else None
    if service is None or image is None:
        raise RevisionUnknown(
            "The schema's revision could not be asked for: no image is known of the service that migrates.",
            advice="See x-pipeline.migrate.service; deploy once.",
        )
    with scratch() as folder:
        override = folder / "revision.json"
        override.write_text(pin_one_off(service.name, image))
        files = [asked.compose_file, override]
        async with one_first(hands, asked.compose_file):
            return await told_by(hands, files, service.name, migrate.telling, run=run)


async def revision_if_told(hands: Hands, asked: Asked, *, run: RunId) -> str | None:
    """None also where it cannot be read: what is wrong there keeps nothing else from going on."""
    try:
        return await schema_revision(hands, asked, run=run)
    except RevisionUnknown as error:
        log.warning("revision_unknown", problem=error.what)
        return None


async def revision_at_the_gate(
    hands: Hands, app: Application, serving: Release | None, *, run: RunId = NO_RUN
) -> tuple[str | None, list[str]]:
    """Before anything was approved, with warnings for the plan.

    The query is that of `app`. A command is that of what serves, for no image that nobody has said yes to is
    let at the database; that it fails is a warning, or the release that mends it could not be deployed.
    Raises RevisionUnknown for the query, ConfigurationError, EngineUnreachable.
    """
    migrate = app.section.migrate
    if migrate is None or not migrate.telling:
        return await schema_revision(hands, Asked(app=app, compose_file=Path(), images={}), run=run), []
    if serving is None:
        return None, []
    own = await read(hands, serving.kept_compose_file)
    try:
        return await schema_revision(hands, of_release(own, serving), run=run), []
    except RevisionUnknown as error:
        return None, [error.what]


async def revision_of_backup(
    hands: Hands, live: Release | None, *, run: RunId
) -> tuple[str | None, str | None]:
    """For a backup of the data of what serves: the query, to be asked in the snapshot, or else what the
    command has told just now. Raises ConfigurationError."""
    compose_file = live.kept_compose_file if live else installed_compose_file(hands)
    app = await read(hands, compose_file)
    migrate = app.section.migrate
    if migrate is None or migrate.query is not None or live is None:
        return migrate.query if migrate else None, None
    return None, await revision_if_told(hands, of_release(app, live), run=run)


async def told_by(
    hands: Hands, files: Sequence[Path], service: str, command: Sequence[str], *, run: RunId
) -> str | None:
    """Runs the command to its end and reads what it printed. Raises RevisionUnknown, EngineUnreachable."""
    name = f"{hands.compose.project}-run-{run}-revision-{secrets.token_hex(3)}"
    labels = {RUN_LABEL: str(run), PROJECT_LABEL: hands.compose.project}
    try:
        done = await run_command(
            hands.compose.answer(files, service, name, command, labels),
            timeout=_SECONDS,
            redact=hands.redact,
        )
        if done.exit_code != 0:
            raise _unknown(command, _how(done))
        return schema.told(done.stdout)
    except CommandTimedOut as error:
        raise _unknown(command, f"it did not end within {_SECONDS:g} s") from error
    except CommandMissing as error:
        raise _unknown(command, error.what.rstrip(".")) from error
    except ValueError as error:
        raise _unknown(command, str(error)) from error
    finally:
        await hands.engine.remove(name)


def _unknown(command: Sequence[str], why: str) -> RevisionUnknown:
    return RevisionUnknown(
        f"The schema's revision could not be read ({shlex.join(command)}): {why}.",
        advice="Correct x-pipeline.migrate.revision: a command that prints the revision as its last line.",
    )


def _how(done: Finished) -> str:
    """With the last line that it, or compose, said of it."""
    said = next((line.strip() for line in reversed(done.stderr.splitlines()) if line.strip()), "")
    return f"exit code {done.exit_code}{f', {said}' if said else ''}".rstrip(".")
