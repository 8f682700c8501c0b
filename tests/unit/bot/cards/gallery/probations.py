"""The card of a probation, and what results and the status say of one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.cards.probation import probation_card
from bot.cards.result import result_card
from bot.cards.status import Standing, status_card
from pipeline.model.probation import (
    BY,
    Decision,
    Probation,
    ProbationId,
    ProbationState,
    Watched,
    WayOut,
)
from pipeline.model.release import ProjectId, ReleaseId, RunId
from pipeline.model.states import ExitCode, RunKind, RunState, Source
from tests.unit.bot import samples
from tests.unit.bot.cards.gallery.example import of
from tests.unit.bot.samples import after, ended

ADA = "Ada (42)"
PROJECT = "server-agent-vnext"

WATCHED = Watched(
    every=timedelta(seconds=10),
    startup_wait=timedelta(seconds=10),
    grace=timedelta(seconds=300),
    services=["app"],
)
WATCHING = Probation(
    id=ProbationId(2),
    project_id=ProjectId(1),
    run_id=RunId(12),
    release_id=ReleaseId(4),
    previous_release_id=ReleaseId(3),
    began_at=after(193),
    until_at=after(793),
    watched=WATCHED,
    state=ProbationState.WATCHING,
)
_OVER = {"ended_at": after(793)}
PASSED = replace(
    WATCHING,
    state=ProbationState.PASSED,
    notes=["Not seen from 10:05:00 to 10:06:10: the worker was away."],
    **_OVER,
)
FAILED = replace(
    WATCHING,
    state=ProbationState.FAILED,
    way=WayOut.REVERT,
    evidence=["app was down (exit code 1) in 3 looks in a row, from 10:05:10 to 10:05:30."],
    ended_at=after(330),
)
_WHY = "The deploy migrated the schema from 0001 to 0002."
ASKS = replace(FAILED, way=WayOut.ASK, why_ask=_WHY)
ODD = replace(
    WATCHING,
    state=ProbationState.INCONCLUSIVE,
    way=WayOut.ASK,
    evidence=[
        "app was restarted by Docker once.",
        "Its log tells of errors in 31 lines within 10.0 min; that of the release before did in 2 lines"
        " within 10.0 min.",
        "The first of these lines: ERROR <queue> & more",
    ],
    notes=PASSED.notes,
    **_OVER,
)
_DECIDED = {"decided_by": ADA, "decided_at": after(900)}
_RUN = ended(state=RunState.SUCCEEDED, exit_code=ExitCode.SUCCESS, release_id=ReleaseId(4))
_BACK = ended(
    id=RunId(13),
    kind=RunKind.ROLLBACK,
    source=Source.PROBATION,
    requested_by=BY,
    state=RunState.SUCCEEDED,
    exit_code=ExitCode.SUCCESS,
    sha=samples.LIVE,
)
_BEFORE = samples.release()
_STANDING = Standing(
    project=PROJECT, branch="main", live=_BEFORE, previous=None, seen=None, active=None, probation=WATCHING
)

PROBATIONS = {
    "probation: not conclusive": of(probation_card, ODD, _RUN, _BEFORE),
    "probation: failed, and asks": of(probation_card, ASKS, _RUN, _BEFORE),
    "probation: failed, and nothing was before": of(
        probation_card, replace(ASKS, why_ask="There is no release from before to go back to."), _RUN, None
    ),
    "probation: kept": of(probation_card, replace(ODD, decision=Decision.KEEP, **_DECIDED), _RUN, _BEFORE),
    "probation: reverted by a person": of(
        probation_card,
        replace(ASKS, decision=Decision.REVERT, revert_run_id=RunId(13), **_DECIDED),
        _RUN,
        _BEFORE,
    ),
    "probation: nobody answered": of(
        probation_card,
        replace(ODD, decision=Decision.SILENCE, decided_at=after(90_000)),
        _RUN,
        _BEFORE,
    ),
    "probation: overtaken": of(
        probation_card, replace(ODD, decision=Decision.OVERTAKEN, decided_at=after(900)), _RUN, _BEFORE
    ),
    "probation: a result on probation": of(result_card, _RUN, _BEFORE, watch=WATCHING),
    "probation: a result that passed": of(result_card, _RUN, _BEFORE, watch=PASSED),
    "probation: a result that failed and goes back": of(
        result_card, _RUN, _BEFORE, watch=replace(FAILED, revert_run_id=RunId(13))
    ),
    "probation: a result that went back": of(
        result_card,
        _RUN,
        _BEFORE,
        watch=replace(
            FAILED, revert_run_id=RunId(13), decision=Decision.REVERT, decided_by=BY, decided_at=after(400)
        ),
    ),
    "probation: a result that asks": of(result_card, _RUN, _BEFORE, watch=ODD, pictured=False),
    "probation: a result whose probation was superseded": of(
        result_card,
        _RUN,
        _BEFORE,
        watch=replace(
            WATCHING,
            state=ProbationState.SUPERSEDED,
            evidence=["Run 14 (deploy) switches production."],
            ended_at=after(400),
        ),
        pictured=False,
    ),
    "probation: the result of the way back": of(result_card, _BACK, samples.release(), asked=FAILED),
    "probation: the status meanwhile": of(status_card, _STANDING, after(300), pictured=False),
    "probation: the status once it failed": of(
        status_card, replace(_STANDING, probation=ASKS), after(400), pictured=False
    ),
}
