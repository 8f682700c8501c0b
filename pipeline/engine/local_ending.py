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


def cut(run: LocalRun, *, of_itself: bool) -> PipelineError:
    """What a person is told where it was ended in the middle. `of_itself`: it was one of this program."""
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
        advice=_again(began.goal)
        if of_itself
        else "Run the same command again: it goes on. A worker that starts does so too.",
    )


def _again(goal: Release) -> str:
    """Of this program itself. Its worker may find that it is well and end it; the same command without a
    release would then go back from there."""
    name = goal.id or (goal.sha and goal.short_sha)
    how = f"Run it again with the release named, rollback {name}" if name else "Run the same command again"
    return (
        f"{how}: it goes on. A worker that starts puts nothing in place: it replaces neither itself nor the"
        " bot."
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


def started_meanwhile(run: LocalRun) -> Ending:
    """Of this program itself: a worker that found it without an end replaces nothing."""
    failure = Failure(
        stage=None,
        what=f"The rollback to {run.began.goal.short_sha} on the command line had no end: bot and worker were"
        " started before it had one.",
        production="Bot and worker run as they were started: a worker replaces neither itself nor the bot.",
        advice="See in /status what runs; if it is to go back all the same, /rollback, or the same command on"
        " the server.",
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
    return _fails_its_checks(
        failed,
        f"PostgreSQL was away when {goal.short_sha} was put in place; now it answers.",
        production=f"CRITICAL: production may be down; {goal.short_sha} fails its checks. Nothing else"
        " was put in place.",
        advice="See the containers' logs; then /rollback, /deploy, or name another release.",
    )


def not_replaced(failed: StageError, goal: Release) -> Ending:
    """Of this program itself: its own worker checked it, after the command that put it in place was cut."""
    return _fails_its_checks(
        failed,
        f"The command that put {goal.short_sha} in place was cut; the worker checked it.",
        production=f"CRITICAL: bot and worker of {goal.short_sha} run and fail their checks. Nothing else was"
        " put in place: a worker does not replace itself.",
        advice="See the containers' logs; then /rollback, or the same command on the server with another"
        " release.",
    )


def _fails_its_checks(failed: StageError, why: str, *, production: str, advice: str) -> Ending:
    """What was put in place stays. `why` is how it came to be checked only now."""
    error = failed.error
    failure = Failure(
        stage=failed.stage,
        what=f"{error.what} {why}",
        production=production,
        advice=advice,
        log=error.log if isinstance(error, StageFailed) else "",
    )
    return Ending(RunState.BROKEN, ExitCode.ROLLBACK_FAILED, failure)
