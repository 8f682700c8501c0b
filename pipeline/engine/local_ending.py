"""How a rollback without the journal ends, in the sentences that people read. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.engine.ending import Ending, StageError
from pipeline.engine.local_file import LocalRun
from pipeline.model.errors import PipelineError, StageFailed
from pipeline.model.release import Release
from pipeline.model.run import Failure
from pipeline.model.states import ExitCode, RunState, StageName, StageState


@dataclass(frozen=True)
class Unproven:
    """A release was started and stays, but its checks prove nothing while PostgreSQL is away."""

    failure: Failure


class PostgresAway(Exception):
    """A stage failed for a reason that may not be the release's."""

    def __init__(self, stage: StageName, failed: StageFailed) -> None:
        super().__init__(failed.what)
        self.stage = stage
        self.failed = failed


def cut(run: LocalRun) -> PipelineError:
    """What a person is told where it was ended in the middle."""
    began = run.began
    before = began.before.short_sha if began.before else "nothing"
    at = next((row.name for row in run.rows.values() if row.state is StageState.RUNNING), None)
    match at:
        case StageName.STOP | StageName.START:
            production = (
                f"Production is between {before} and {began.goal.short_sha}: its services may be stopped."
            )
        case StageName.WAIT | StageName.SMOKE:
            production = f"{began.goal.short_sha} was started; whether it is well was not found out."
        case StageName.REVERT:
            production = f"{before} was being brought back: production may be between two releases."
        case _:
            production = "See what runs with docker ps."
    return PipelineError(
        f"The rollback to {began.goal.short_sha} was stopped{f' at stage {at}' if at else ''}.",
        production=production,
        advice="Run the same command again: it goes on. A worker that starts does so too.",
    )


def superseded(run: LocalRun, by: str) -> Ending:
    """Another rollback was chosen before this one had an end."""
    failure = Failure(
        stage=None,
        what=f"The rollback to {run.began.goal.short_sha} on the command line had no end: {by}.",
        production="It left production to what came after it.",
        advice="See /status.",
    )
    return Ending(RunState.VOIDED, ExitCode.NOT_APPROVED, failure)


def unproven(run: LocalRun, away: PostgresAway) -> Unproven:
    """The checks failed while PostgreSQL was away."""
    back = away.stage is StageName.REVERT
    release = run.began.before if back else run.began.goal
    name = release.short_sha if release else "what served before"
    first = f"{run.failed.error.what} Then {name} was started again. " if back and run.failed else ""
    return Unproven(
        Failure(
            stage=away.stage,
            what=f"{first}PostgreSQL does not answer, so nothing could be proven: {away.failed.what}",
            production=f"{name} was started and stays; it may need PostgreSQL to serve. Nothing else"
            " is put in place.",
            advice="Bring PostgreSQL back; then run the same command again, or start the worker: either"
            " checks it anew. If it is the release itself, name another one.",
            log=away.failed.log,
        )
    )


def left(failed: StageError, goal: Release) -> Ending:
    """It was left running by hand, knowingly: a way back so much later would surprise."""
    error = failed.error
    failure = Failure(
        stage=failed.stage,
        what=f"{error.what} PostgreSQL was away when {goal.short_sha} was put in place; now it answers.",
        production=f"CRITICAL: production may be down; {goal.short_sha} fails its checks. Nothing else"
        " was put in place.",
        advice="See the containers' logs; then /rollback, /deploy, or name another release.",
        log=error.log if isinstance(error, StageFailed) else "",
    )
    return Ending(RunState.BROKEN, ExitCode.ROLLBACK_FAILED, failure)
