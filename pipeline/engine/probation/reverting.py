"""Whether a release that failed its probation goes back by itself, and the rollback that it asks for."""

from __future__ import annotations

from pipeline.going_back import CannotGoBack, ways_back
from pipeline.model.errors import ActiveRun, ConfigurationError
from pipeline.model.move import Move
from pipeline.model.probation import BY, Decision, Probation
from pipeline.model.release import Release, Undoing
from pipeline.model.results import Migrated
from pipeline.model.run import Run
from pipeline.model.states import RunKind, RunState, Source, StageName
from pipeline.stages.journey import Parts
from pipeline.stages.resolved import read

LOOPS = "It was a way back itself, and a way back is never taken back by itself."
NOTHING_BEFORE = "There is no release from before to go back to."


async def hindrance(parts: Parts, probation: Probation) -> str | None:
    """Why it does not go back by itself, as a sentence; None where it does."""
    view = await parts.store.runs.view(probation.run_id)
    live = await parts.store.releases.get(probation.release_id)
    before = probation.previous_release_id
    if view.run.kind is not RunKind.DEPLOY:
        return LOOPS
    if before is None or live is None:
        return NOTHING_BEFORE
    project = await parts.store.releases.project_by_id(probation.project_id)
    if project.previous_release_id != before:
        return "The release from before is not the previous one any more."
    stage = view.stage(StageName.MIGRATE)
    moved = migrated(stage.result if stage else None, live)
    if moved is not None:
        return moved
    try:
        ways = await ways_back(parts.store.releases, project.id, None, parts.clock())
        app = await read(parts, live.kept_compose_file)
    except (CannotGoBack, ConfigurationError) as error:
        return error.what
    if ways.move not in (Move.NONE, Move.HARMLESS):
        return "The schema has moved since the release from before."
    staying = [service.label for service in app.services if not service.rollback_enabled]
    if staying:
        return f"These do not go back (deployment.rollback-enabled): {', '.join(staying)}."
    return None


def migrated(result: object, live: Release) -> str | None:
    """A sentence where the deploy ran a migration that may have moved the schema, unless the release declares
    its migrations harmless to the code before."""
    if not isinstance(result, Migrated) or not result.ran or live.undoing is Undoing.HARMLESS:
        return None
    if result.after is None:
        return "The deploy ran a migration, and where it left the schema is not known."
    if result.before == result.after:
        return None
    return f"The deploy migrated the schema from {result.before or 'none'} to {result.after}."


async def ask_for_it(parts: Parts, probation: Probation) -> Run | None:
    """The rollback; asked again, the same one. None while a run that leaves production alone is under way.

    Raises ActiveRun where another switch is under way.
    """
    key = f"probation:{probation.id}"
    try:
        run = await parts.store.runs.request(
            probation.project_id,
            RunKind.ROLLBACK,
            source=Source.PROBATION,
            by=BY,
            target=str(probation.previous_release_id),
            key=key,
        )
    except ActiveRun as error:
        if error.kind.switches or error.kind.swaps:
            raise
        return None
    if probation.revert_run_id != run.id:
        await parts.store.probations.note_revert(probation.id, run.id)
    return run


async def follow(parts: Parts, probation: Probation) -> None:
    """One step on the way back of a probation whose way is to revert: asked for, or seen to its end."""
    store = parts.store
    try:
        run = await ask_for_it(parts, probation)
    except ActiveRun as error:
        await store.probations.ask_after_all(probation.id, error.what)
        return
    if run is None or not run.state.final:
        return
    if run.state is RunState.SUCCEEDED:
        await store.probations.decide(probation.id, Decision.REVERT, BY, parts.clock(), run.id)
        return
    why = run.failure.what if run.failure else f"It ended as {run.state}."
    await store.probations.ask_after_all(probation.id, f"The way back, run {run.id}, was tried: {why}")
