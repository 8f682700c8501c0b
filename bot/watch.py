"""Whether a commit at the tip of the watched branch is news for Master. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from pipeline.model.ci import Ci
from pipeline.model.pause import Pause
from pipeline.model.push import Mute, Push
from pipeline.model.run import Run
from pipeline.model.states import PushState, RunKind, RunState

Step = Literal["nothing", "quiet", "ask", "wait"]

GATHERS = timedelta(hours=8)
"""So long a prompt that waits moves on to newer pushes. After that a newer one rings: it lies too far up."""

CI_WITHIN = timedelta(hours=3)
"""So long after a push it is looked whether its CI has ended."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """`newest` is the push that the branch was at before, `known` that of the tip, if there is one, `live`
    the SHA that serves, `runs` the newest runs."""

    tip: str
    newest: Push | None
    known: Push | None
    live: str | None
    runs: list[Run]


def decide(seen: Seen) -> Step:
    """`quiet` notes the tip without a question; `wait` looks again next time.

    Quiet are the tip of the very first look, what serves already, what Master has just asked for, and what
    was skipped or deployed once.
    """
    if seen.newest is not None and seen.newest.sha == seen.tip:
        return "nothing"
    if seen.newest is None or seen.live == seen.tip or run_of(seen.tip, seen.runs):
        return "quiet"
    if seen.known is not None and seen.known.state in (PushState.SKIPPED, PushState.DEPLOYED):
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


def gathers_since(now: datetime, pause: Pause | None, mute: Mute | None) -> datetime:
    """Prompts that began before this do not move on. What is pushed while nothing is asked is asked anew, so
    that it rings."""
    rests = [each.began_at for each in (pause, mute) if each is not None]
    return max(now - GATHERS, *rests) if rests else now - GATHERS


def wants_ci(push: Push | None, now: datetime) -> bool:
    """Whether the forge is to be asked of it: it waits, and its CI has not ended."""
    if push is None or push.prompt is None or push.state is not PushState.SEEN:
        return False
    return push.ci in (None, Ci.PENDING) and now - push.seen_at < CI_WITHIN
