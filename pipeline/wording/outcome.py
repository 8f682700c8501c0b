"""How a run ended, in a headline and figures, for chat and command line alike. HTML, pure."""

from __future__ import annotations

from pipeline.model.errors import NOTHING_CHANGED
from pipeline.model.results import BackedUp
from pipeline.model.run import Run, RunView
from pipeline.model.states import ExitCode, RunKind, RunState, StageName
from pipeline.wording.words import KIND, RUN_SIGN, span

_DONE = {
    RunKind.DEPLOY: "Deployed",
    RunKind.ROLLBACK: "Rolled back",
    RunKind.BACKUP: "Backed up",
    RunKind.TEST: "Tests passed",
    RunKind.BUILD: "Built",
    RunKind.RESTORE: "Restored",
    RunKind.DRILL: "Backup proven",
    RunKind.REWIND: "Rolled back with the data of then",
    RunKind.ROLLBACK_DRILL: "Way back proven",
}


def headline(view: RunView) -> str:
    run = view.run
    kind = KIND[run.kind]
    if run.state is RunState.BROKEN:
        return f"{RUN_SIGN[run.state]} <b>CRITICAL: {kind} failed, and so did the way back</b>"
    words = {
        RunState.SUCCEEDED: "Nothing to back up" if without_a_backup(view) else _DONE[run.kind],
        RunState.FAILED: _failed(run),
        RunState.REVERTED: f"{kind} failed, the {_from_before(run)} from before {_be(run)} back",
        RunState.REJECTED: f"{kind} rejected",
        RunState.EXPIRED: f"{kind} not approved in time",
        RunState.VOIDED: f"{kind} called off: the plan no longer fits",
        RunState.CANCELLED: f"{kind} cancelled, nothing changed",
    }.get(run.state, kind)
    return f"{RUN_SIGN[run.state]} <b>{words}</b>"


def without_a_backup(view: RunView) -> bool:
    """Whether a backup was asked for where there is nothing to back up."""
    stage = view.stage(StageName.BACKUP)
    nothing = stage is not None and isinstance(stage.result, BackedUp) and stage.result.path is None
    return nothing and view.run.kind is RunKind.BACKUP


def unusable(run: Run) -> bool:
    """Whether it is a drill that found the backup not usable."""
    return run.kind is RunKind.DRILL and run.exit_code is ExitCode.BACKUP_FAILED


def figures(view: RunView) -> str:
    run = view.run
    parts = []
    if run.finished_at is not None:
        parts.append(f"Took {span(run.finished_at - (run.started_at or run.requested_at))}")
    without = view.downtime
    if without is not None:
        parts.append(f"{span(without)} without service")
    if run.exit_code is not None:
        parts.append(f"exit code {run.exit_code.value}")
    return " · ".join(parts)


def _failed(run: Run) -> str:
    if run.kind is RunKind.DRILL:
        return "Backup not usable" if unusable(run) else "Backup not tried, nothing changed"
    return f"{KIND[run.kind]} failed" if _touched(run) else f"{KIND[run.kind]} failed, nothing changed"


def _touched(run: Run) -> bool:
    """Whether the failure tells of a production that is not as before, such as one that was left as found."""
    return run.failure is not None and run.failure.production != NOTHING_CHANGED


def _from_before(run: Run) -> str:
    match run.kind:
        case RunKind.RESTORE:
            return "database"
        case RunKind.REWIND:
            return "release and the database"
        case _:
            return "release"


def _be(run: Run) -> str:
    return "are" if run.kind is RunKind.REWIND else "is"
