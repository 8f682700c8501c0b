"""Whether the schema moved since the release that a run goes back to, and what the plan says of it."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace

import structlog

from pipeline.database.schema import RevisionUnknown
from pipeline.model.errors import ConfigurationError, PipelineError
from pipeline.model.move import Move, move
from pipeline.model.release import BackupId, Release, RunId
from pipeline.model.states import StageName
from pipeline.project.application import Application
from pipeline.stages.journey import Hands, Journey
from pipeline.stages.resolved import read
from pipeline.stages.revision import NO_RUN, of_release, schema_revision

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Moved:
    """`now` is the schema's revision, `then` that of the release to go back to; `down` the command that takes
    it back, where the move is one that goes down."""

    now: str | None
    then: str | None
    move: Move
    down: list[str] | None = None


async def look(journey: Journey, goal: Release) -> Moved:
    """Asks the database. What the release that is left declares is read from its kept compose file."""
    parts, live = journey.parts, journey.live
    now = await revision_now(parts, live, goal, run=journey.run.id)
    if live is None or now == goal.schema_revision:
        return Moved(now=now, then=goal.schema_revision, move=move(goal=goal, live=live, now=now))
    app = await _readable(parts, live)
    migrate = app.section.migrate if app else None
    found = move(
        goal=goal,
        live=replace(live, undoing=migrate.undoing if migrate else None),
        now=now,
        between=await parts.store.releases.declared_between(journey.project.id, goal.id, live.id),
    )
    then = goal.schema_revision
    down = migrate.down_to(then) if found is Move.DOWN and migrate and then else None
    return Moved(now=now, then=then, move=found, down=down)


async def revision_now(hands: Hands, *releases: Release | None, run: RunId = NO_RUN) -> str | None:
    """The schema's revision, by the first of the releases that can tell it: what is wrong with a release must
    not keep a rollback from leaving it."""
    for release in releases:
        app = await _readable(hands, release) if release else None
        if release is None or app is None or not _asks(app):
            continue
        try:
            return await schema_revision(hands, of_release(app, release), run=run)
        except RevisionUnknown as error:
            log.warning("revision_unknown", problem=error.what)
    return None


async def _readable(hands: Hands, release: Release) -> Application | None:
    """None where its kept compose file cannot be used."""
    try:
        return await read(hands, release.kept_compose_file)
    except ConfigurationError as error:
        log.warning("kept_compose_file_unusable", release=release.id, problem=error.what)
        return None


async def note_schema(journey: Journey) -> None:
    """Where the run left the schema, so that a rollback can be offered rightly without asking the database.
    That it cannot be told fails no run."""
    revision = None
    try:
        tagged = StageName.TAG in journey.results
        goal = await journey.goal() if tagged else None
        revision = await revision_now(journey.parts, goal, journey.live, run=journey.run.id)
    except PipelineError as error:
        log.warning("schema_not_noted", run=journey.run.id, problem=error.what)
    await journey.parts.store.releases.note_schema(journey.project.id, revision, fence=journey.fence)


def sentence(moved: Moved) -> str | None:
    """What becomes of the schema, where that is declared."""
    match moved.move:
        case Move.HARMLESS:
            return (
                f"stays at {moved.now}; all releases since declare their migrations harmless to the code"
                f" before (x-pipeline.migrate.harmless), so that of {moved.then or 'then'} works with it"
            )
        case Move.DOWN:
            return f"goes down from {moved.now} to {moved.then} by {shlex.join(moved.down or [])}"
        case Move.NONE | Move.DATA:
            return None


def warned(moved: Moved, backup: BackupId | None) -> list[str]:
    """`backup` is the one that was made before a schema goes down."""
    match moved.move:
        case Move.DATA:
            was = f"at {moved.then}" if moved.then else "not known"
            return [
                f"The schema is at {moved.now or 'none'} now and was {was} then:"
                " only the code goes back, the data stays."
            ]
        case Move.DOWN:
            where = f"backup {backup}, made just now, holds it" if backup else "no backup holds it"
            return [f"What only the schema of now can hold is lost as it goes down; {where}."]
        case Move.NONE | Move.HARMLESS:
            return []


def _asks(app: Application) -> bool:
    migrate = app.section.migrate
    return app.section.database and migrate is not None and migrate.revision is not None
