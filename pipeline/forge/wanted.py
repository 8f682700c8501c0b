"""What GitHub is to be told of a run. Pure.

Statuses of a public repository can be read by everybody, so they are made of our own words: no output of the
application, no name of a person, no address.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pipeline.model.run import RunView
from pipeline.model.states import RunKind, RunState

LONGEST = 140
"""Characters of a description, by GitHub's rules."""

State = Literal["pending", "in_progress", "success", "failure", "error"]


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """`status` is the state of the commit status. `deployment` is that of the deployment record; None before
    production is touched."""

    status: State
    deployment: State | None
    description: str


def wanted(view: RunView, *, taken_back: bool = False) -> Wanted | None:
    """None where nothing is to be told: another kind, a commit that is not known, or not begun yet.
    `taken_back`: the run succeeded, and its probation brought the release before it back."""
    run = view.run
    if not run.kind.switches or run.sha is None or run.state is RunState.REQUESTED:
        return None
    state, words = _said(view, taken_back=taken_back)
    switched = run.switching_at is not None
    return Wanted(
        status=state,
        deployment=("in_progress" if state == "pending" else state) if switched else None,
        description=f"Run {run.id}: {words}."[:LONGEST],
    )


def _said(view: RunView, *, taken_back: bool) -> tuple[State, str]:
    run = view.run
    kind = "deploy" if run.kind is RunKind.DEPLOY else "rollback"
    switched = run.switching_at is not None
    stage = run.failure.stage if run.failure else None
    failed = f"{kind} failed at {stage}" if stage else f"{kind} failed"
    match run.state:
        case RunState.RUNNING:
            return "pending", f"{kind} switches production" if switched else f"{kind} is under way"
        case RunState.AWAITING:
            return "pending", f"{kind} waits for approval"
        case RunState.REVERTING:
            return "pending", f"{failed}, the release before it is being brought back"
        case RunState.SUCCEEDED if taken_back:
            return "failure", "deployed, then taken back after its probation"
        case RunState.SUCCEEDED if not switched:
            return "success", f"{kind} ended well, nothing was to be switched"
        case RunState.SUCCEEDED:
            return "success", "deployed" if run.kind is RunKind.DEPLOY else "rolled back to this commit"
        case RunState.FAILED:
            return "failure", failed
        case RunState.REVERTED:
            return "failure", f"{failed}, the release before it serves again"
        case RunState.BROKEN:
            return "error", f"{failed}, and so did the way back: production needs a look"
        case RunState.VOIDED:
            return "error", f"{kind} not done, its plan did not fit any more"
        case _:
            return "error", f"{kind} was {run.state}"
