"""How a run ends: its state, exit code and the sentences for people. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from pipeline.model.errors import NOTHING_CHANGED, PipelineError, PlanVoided, RunCancelled, StageFailed
from pipeline.model.release import BackupId, Release
from pipeline.model.run import Failure
from pipeline.model.states import EXIT_OF_STAGE, ExitCode, RunKind, RunState, StageName
from pipeline.stages.approve import NotApproved
from pipeline.stages.quarantine import Unusable


class StageError(Exception):
    """A stage ended with an error that people can be told."""

    def __init__(self, stage: StageName, error: PipelineError) -> None:
        super().__init__(f"{stage}: {error.what}")
        self.stage = stage
        self.error = error


@dataclass(frozen=True)
class Ending:
    state: RunState
    code: ExitCode
    failure: Failure | None


SUCCEEDED = Ending(RunState.SUCCEEDED, ExitCode.SUCCESS, None)


def untouched(failed: StageError, kind: RunKind | None = None) -> Ending:
    """The run ended before the switch: nothing changed."""
    match failed.error:
        case NotApproved(state=state):
            pass
        case PlanVoided():
            state = RunState.VOIDED
        case RunCancelled():
            state = RunState.CANCELLED
        case _:
            state = RunState.FAILED
    return Ending(state, _code(failed, kind), _failure(failed, NOTHING_CHANGED))


def redacted(how: Ending, redact: Callable[[str], str]) -> Ending:
    """The same ending with the secrets taken out of what outside commands said."""
    if how.failure is None:
        return how
    said = how.failure
    return replace(how, failure=replace(said, what=redact(said.what), log=redact(said.log)))


def reverted(failed: StageError, live: Release, migrated_to: str | None) -> Ending:
    """The switch failed and the release from before serves again."""
    production = f"The release from before, {live.short_sha}, was brought back, passed its checks and serves."
    if migrated_to is not None:
        production += f" The schema stays at {migrated_to}: migrations are not undone."
    return Ending(RunState.REVERTED, _code(failed), _failure(failed, production))


def up_again(failed: StageError, live: Release, up_to: str | None, backup: BackupId | None) -> Ending:
    """A rollback that took the schema down failed; `up_to` is where it was migrated to again, None where it
    had not moved."""
    production = f"The release from before, {live.short_sha}, was brought back, passed its checks and serves."
    if up_to is None:
        production += " The schema did not move."
    else:
        production += (
            f" The schema was migrated to {up_to} again; what going down removed did not come back with it."
            f"{before_the_down_migration(backup)}"
        )
    return Ending(RunState.REVERTED, _code(failed), _failure(failed, production))


def before_the_down_migration(backup: BackupId | None) -> str:
    """Where the data is that a down migration may have removed."""
    return f" Backup {backup} holds the data from before: /restore {backup}." if backup else ""


def put_back(failed: StageError, live: Release, kind: RunKind) -> Ending:
    """The run failed past the stop, and the database of before is in its place again."""
    production = (
        f"The database is the one from before the {'restore' if kind is RunKind.RESTORE else 'rollback'};"
        f" release {live.short_sha} was started again on it,"
        " passed its checks and serves."
    )
    return Ending(RunState.REVERTED, _code(failed), _failure(failed, production))


def broken(failed: StageError, back: StageError, live: Release | None, data: str = "") -> Ending:
    """The switch failed, and so did the way back. `data`: a sentence on where a restore left the data."""
    before = (
        f"the release from before, {live.short_sha}, did not come back well"
        if live
        else "nothing was live before"
    )
    failure = Failure(
        stage=failed.stage,
        what=f"{failed.error.what} Then the way back failed: {back.error.what}",
        production=f"CRITICAL: production may be down; {before}.{data}",
        advice=f"{back.error.advice} Look at production now: /status, then the containers' logs.",
        log="\n".join(filter(None, (_log(failed.error), _log(back.error)))),
    )
    return Ending(RunState.BROKEN, ExitCode.ROLLBACK_FAILED, failure)


def _failure(failed: StageError, production: str) -> Failure:
    return Failure(
        stage=failed.stage,
        what=failed.error.what,
        production=production,
        advice=failed.error.advice,
        log=_log(failed.error),
    )


def _code(failed: StageError, kind: RunKind | None = None) -> ExitCode:
    """A drill tells a backup that is not usable from one that could not be tried."""
    if isinstance(failed.error, RunCancelled | Unusable):
        return failed.error.exit_code
    if kind in (RunKind.DRILL, RunKind.ROLLBACK_DRILL):
        return ExitCode.DEPLOY_FAILED
    return EXIT_OF_STAGE.get(failed.stage, ExitCode.DEPLOY_FAILED)


def _log(error: PipelineError) -> str:
    return error.log if isinstance(error, StageFailed) else ""
