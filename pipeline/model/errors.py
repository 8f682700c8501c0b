"""The errors a person can meet.

    PipelineError
    ├── ConfigurationError     a key, what was found, what is allowed (exit 64)
    ├── StageFailed            a stage of a run ended badly
    ├── ActiveRun              another run holds the project (exit 8)
    ├── NotOfItself            a kind of run that the controller refuses of itself (exit 64)
    ├── StaleEpoch             another executor has taken the run over
    ├── PlanVoided             the plan no longer fits what is there (exit 5)
    │   └── PlanSuperseded     a newer commit was pushed to its branch
    ├── RunCancelled           somebody called the run off before the switch (exit 5)
    └── TooLateToCancel        the run has ended, or switches production

Edges define their own subclasses beside the code that raises them.
"""

from __future__ import annotations

from datetime import datetime

from pipeline.model.moment import day
from pipeline.model.states import ExitCode, RunKind

NOTHING_CHANGED = "Production was not touched: the live release keeps serving."


class PipelineError(Exception):
    """Carries the three sentences of every error: what happened, the state of production, what to do."""

    exit_code: ExitCode = ExitCode.DEPLOY_FAILED

    def __init__(self, what: str, *, production: str = NOTHING_CHANGED, advice: str) -> None:
        super().__init__(what)
        self.what = what
        self.production = production
        self.advice = advice

    def __str__(self) -> str:
        return f"{self.what} {self.production} {self.advice}"


class ConfigurationError(PipelineError):
    """A value that cannot be used: names the key, what was found and what is allowed."""

    exit_code = ExitCode.USAGE

    def __init__(self, key: str, found: str, allowed: str) -> None:
        self.key = key
        self.found = found
        self.allowed = allowed
        super().__init__(
            f"{key} is {found}; allowed: {allowed}.",
            production="Nothing was started.",
            advice=f"Correct {key} and start again.",
        )


class StageFailed(PipelineError):
    """A stage ended badly in a way that the stage itself has judged, such as a failing test."""

    def __init__(self, what: str, *, production: str = NOTHING_CHANGED, advice: str, log: str = "") -> None:
        super().__init__(what, production=production, advice=advice)
        self.log = log


class ActiveRun(PipelineError):
    """Another run holds the project; the database constraint refused a second one."""

    exit_code = ExitCode.HELD

    def __init__(
        self, *, run_id: int, kind: RunKind, stage: str | None, since: datetime, requested_by: str
    ) -> None:
        self.run_id = run_id
        self.kind = kind
        self.stage = stage
        self.since = since
        self.requested_by = requested_by
        where = f" at stage {stage}" if stage else ", not started yet"
        super().__init__(
            f"Run {run_id} ({kind}, asked by {requested_by}) is under way{where} since {day(since)}.",
            advice="Wait for its result, or reject it if it waits for approval, then ask again.",
        )


class NotOfItself(PipelineError):
    """A kind of run that the controller refuses of itself."""

    exit_code = ExitCode.USAGE

    def __init__(self, kind: RunKind) -> None:
        drill = kind is RunKind.ROLLBACK_DRILL
        why = (
            "its bot, started on a copy, would speak to the same chat as the one that serves"
            if drill
            else "that would put the journal itself back, and with it all that every project's runs did since"
        )
        super().__init__(
            f"The controller makes no {kind.replace('_', ' ')} of itself: {why}.",
            advice="/drill proves its backup."
            if drill
            else "/rollback brings an earlier version back, and leaves the journal as it is."
            " docs/self-update.md says how to restore its backup by hand.",
        )


class StaleEpoch(PipelineError):
    """A write was refused because a newer executor owns the run (fencing)."""

    def __init__(self, run_id: int, epoch: int) -> None:
        super().__init__(
            f"Run {run_id} is no longer carried by this worker (epoch {epoch} is stale).",
            production="The worker that owns the run now decides about production.",
            advice="Nothing to do here: follow the run's card.",
        )


class PlanVoided(PipelineError):
    """What the plan says is no longer what would be done; `what` says what changed, from what to what."""

    exit_code = ExitCode.NOT_APPROVED

    def __init__(self, what: str) -> None:
        super().__init__(what, advice="Ask again to get a plan of what is there now.")


class PlanSuperseded(PlanVoided):
    """A newer commit was pushed to the plan's branch; `newer` is its SHA."""

    def __init__(self, branch: str, was: str, newer: str) -> None:
        super().__init__(f"Branch {branch} moved since the plan was made: from {was[:7]} to {newer[:7]}.")
        self.newer = newer


class RunCancelled(PipelineError):
    """Somebody called the run off before production was touched."""

    exit_code = ExitCode.NOT_APPROVED

    def __init__(self, by: str) -> None:
        super().__init__(f"The run was cancelled by {by}.", advice="Ask again when it is wanted.")


class TooLateToCancel(PipelineError):
    """The run cannot be called off any more; nothing was done."""
