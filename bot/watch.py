"""Whether a commit at the tip of the watched branch is news for Master. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pipeline.model.run import Run
from pipeline.model.states import PushState, RunKind, RunState
from pipeline.store.chat import Push

Step = Literal["nothing", "quiet", "ask", "wait"]


@dataclass(frozen=True, kw_only=True)
class Seen:
    """`newest` is the push recorded last, `live` the SHA that serves, `runs` the newest runs."""

    tip: str
    newest: Push | None
    live: str | None
    runs: list[Run]


def decide(seen: Seen) -> Step:
    """`quiet` records the tip without a question; `wait` looks again next time.

    Quiet are the tip of the very first look, what serves already, and what Master has just asked for.
    """
    if seen.newest is not None and seen.newest.sha == seen.tip:
        return "nothing"
    if seen.newest is None or seen.live == seen.tip or run_of(seen.tip, seen.runs):
        return "quiet"
    if any(run.kind is RunKind.DEPLOY and not run.state.final and run.sha is None for run in seen.runs):
        return "wait"
    return "ask"


def settled(seen: Seen) -> Run | None:
    """The run that answers the newest push: Master deployed it by command."""
    newest = seen.newest
    if newest is None or newest.state is not PushState.SEEN:
        return None
    run = run_of(newest.sha, seen.runs)
    return run if run and (not run.state.final or run.state is RunState.SUCCEEDED) else None


def run_of(sha: str, runs: list[Run]) -> Run | None:
    return next((run for run in runs if run.kind is RunKind.DEPLOY and run.sha == sha), None)
