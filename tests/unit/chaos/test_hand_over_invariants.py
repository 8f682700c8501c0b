"""A cell of the hand-over must not pass vacuously: each thing that can be wrong is found, in a sentence."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pipeline.model.states import RunState
from tests.chaos.handover.invariants import Facts, violations

OLD, NEW = "1" * 40, "2" * 40

WELL = Facts(
    reached=True,
    states=["succeeded"],
    allowed=frozenset({RunState.SUCCEEDED, RunState.REVERTED}),
    proven=True,
    finished_events=1,
    active_runs=0,
    old=OLD,
    new=NEW,
    pair={"bot": NEW, "worker": NEW},
    told=NEW,
    released=NEW,
    strangers=[],
    missing=[],
    networks=["c1_default"],
    network="c1_default",
    cards=1,
    results=1,
    critical=False,
    conflicts=0,
    answers=True,
    actors=["worker@1/7", "hand-over@2/9", "hand-over@2/12"],
)
BACK: dict[str, Any] = {
    "states": ["reverted"],
    "proven": False,
    "pair": {"bot": OLD, "worker": OLD},
    "told": OLD,
    "released": OLD,
}


@pytest.mark.parametrize("changes", [{}, BACK])
def test_what_is_well(changes: dict[str, Any]) -> None:
    assert violations(replace(WELL, **changes)) == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"reached": False}, "The fault was not reached: nothing was tried."),
        ({"states": []}, "One request made 0 runs."),
        ({"states": ["running"]}, "The run did not end: it is running."),
        (
            {"states": ["failed"], "failure": "No room"},
            "The run is failed, not reverted or succeeded: No room.",
        ),
        ({"finished_events": 2}, "The journal holds 2 events 'finished', not one."),
        ({"active_runs": 1}, "1 runs are active: the next could not start."),
        ({"proven": False}, "The run succeeded without a proof."),
        ({**BACK, "proven": True}, "The new pair had proven itself and the run did not succeed."),
        ({"pair": {"bot": NEW, "worker": OLD}}, "worker is 1111111, not 2222222."),
        ({"pair": {"worker": NEW}}, "bot is not there or unwell, not 2222222."),
        ({**BACK, "pair": {"bot": OLD, "worker": NEW}}, "worker is 2222222, not 1111111."),
        ({"told": None}, "/health tells not there or unwell, not 2222222."),
        ({"released": OLD}, "The journal calls 1111111 live, not 2222222."),
        ({"strangers": ["x-run-1-guard"]}, "A container is left: x-run-1-guard."),
        ({"missing": ["app"]}, "app has no container."),
        ({"networks": ["c1_default", "c1_copy"]}, "A network is left: c1_copy."),
        ({"networks": []}, "The installation's network is gone."),
        ({"cards": 2}, "The chat holds 2 progress cards of the run, not one."),
        ({"results": 0}, "The chat holds 0 result messages of the run, not one."),
        ({"critical": True}, "The chat was told CRITICAL."),
        ({"conflicts": 3}, "3 polls were refused: two bots polled."),
        ({"answers": False}, "The bot does not answer any more."),
        ({"actors": ["a", "b", "a"]}, "a acted again after b had taken over."),
        ({"unreadable": "exit code 3"}, "What runs cannot read the journal: exit code 3."),
        ({"noted": ["At stop intended there is no guard."]}, "At stop intended there is no guard."),
        ({"failure": "An unforeseen error: X"}, "The run met an unforeseen error: An unforeseen error: X"),
    ],
)
def test_what_is_not(changes: dict[str, Any], sentence: str) -> None:
    assert sentence in violations(replace(WELL, **changes))
