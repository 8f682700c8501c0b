"""What GitHub is told of a run in each state, as a table."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from pipeline.forge import wanted
from pipeline.model.run import Failure
from pipeline.model.states import RunKind, RunState, StageName
from tests.unit.pipeline.samples import NOW, view

SHA = "c0ffee1" + "0" * 33
HOSTILE = "token ghp_secret \x00\u202e<b>\n" + "x" * 5000


def _view(state: RunState, **changes: Any) -> Any:
    return view([], **{"state": state, "sha": SHA, "kind": RunKind.DEPLOY, "switching_at": None, **changes})


def _failure(stage: StageName | None) -> Failure:
    return Failure(stage=stage, what=HOSTILE, production=HOSTILE, advice=HOSTILE, log=HOSTILE)


@pytest.mark.parametrize(
    ("state", "before", "after"),
    [
        (RunState.RUNNING, "pending", "in_progress"),
        (RunState.AWAITING, "pending", "in_progress"),
        (RunState.REVERTING, "pending", "in_progress"),
        (RunState.SUCCEEDED, "success", "success"),
        (RunState.FAILED, "failure", "failure"),
        (RunState.REVERTED, "failure", "failure"),
        (RunState.BROKEN, "error", "error"),
        (RunState.REJECTED, "error", "error"),
        (RunState.EXPIRED, "error", "error"),
        (RunState.VOIDED, "error", "error"),
        (RunState.CANCELLED, "error", "error"),
    ],
)
def test_states(state: RunState, before: str, after: str) -> None:
    told = wanted(_view(state))
    assert told is not None
    assert (told.status, told.deployment) == (before, None)
    told = wanted(_view(state, switching_at=NOW))
    assert told is not None
    assert (told.status, told.deployment) == (before, after)


@pytest.mark.parametrize("state", RunState)
@pytest.mark.parametrize("kind", [kind for kind in RunKind if kind.switches])
def test_a_description_is_short_and_holds_nothing_from_outside(state: RunState, kind: RunKind) -> None:
    for stage in (None, *StageName):
        longest = _view(
            state,
            id=2**63,
            kind=kind,
            failure=_failure(stage),
            switching_at=NOW,
            requested_by=HOSTILE,
            target=HOSTILE,
            branch=HOSTILE,
            cancelled_by=HOSTILE,
        )
        for taken_back in (False, True):
            told = wanted(longest, taken_back=taken_back)
            if state is RunState.REQUESTED:
                assert told is None
                continue
            assert told is not None
            assert len(told.description) <= 140
            assert told.description.isprintable()
            assert told.description.endswith(".")
            assert "secret" not in told.description
            assert "xxx" not in told.description


def test_words() -> None:
    failed = wanted(_view(RunState.FAILED, id=7, failure=_failure(StageName.TEST)))
    assert failed is not None
    assert failed.description == "Run 7: deploy failed at test."
    waits = wanted(_view(RunState.AWAITING, id=7))
    assert waits is not None
    assert waits.description == "Run 7: deploy waits for approval."
    back = wanted(_view(RunState.SUCCEEDED, id=7, kind=RunKind.ROLLBACK, switching_at=NOW))
    assert back is not None
    assert back.description == "Run 7: rolled back to this commit."
    same = wanted(_view(RunState.SUCCEEDED, id=7, finished_at=NOW + timedelta(minutes=1)))
    assert same is not None
    assert same.description == "Run 7: deploy ended well, nothing was to be switched."


def test_what_its_probation_took_back() -> None:
    told = wanted(_view(RunState.SUCCEEDED, id=7, switching_at=NOW), taken_back=True)
    assert told is not None
    assert (told.status, told.deployment) == ("failure", "failure")
    assert told.description == "Run 7: deployed, then taken back after its probation."


def test_of_what_nothing_is_told() -> None:
    assert wanted(_view(RunState.RUNNING, sha=None)) is None
    for kind in RunKind:
        assert (wanted(_view(RunState.RUNNING, kind=kind)) is None) is not kind.switches
