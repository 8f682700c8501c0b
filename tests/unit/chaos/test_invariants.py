"""A cell must not pass vacuously: each thing that can be wrong is found, and told in a sentence."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pipeline.model.states import RunKind, RunState
from tests.chaos.actors import Process
from tests.chaos.invariants import Facts, violations

WELL = Facts(
    kind=RunKind.DEPLOY,
    reached=True,
    states=["succeeded"],
    allowed=frozenset({RunState.SUCCEEDED}),
    finished_events=1,
    active_runs=0,
    old="v1",
    new="v2",
    served="v2",
    migrations=1,
    containers=[],
    files=[],
    cards=1,
    results=1,
    critical=False,
    actors=["h1/worker-1", "h1/worker-1", "h1/worker-2"],
)
_REVERTED: dict[str, Any] = {"states": ["reverted"], "allowed": frozenset({RunState.REVERTED})}
_BROKEN: dict[str, Any] = {"states": ["broken"], "allowed": frozenset({RunState.BROKEN}), "served": None}
_ORPHAN = Process(17, "h1/worker-1", "docker build").words


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {**_REVERTED, "served": "v1"},
        {**_BROKEN, "critical": True},
        {"kind": RunKind.ROLLBACK, "migrations": 0},
        {"kind": RunKind.BACKUP, "migrations": 0, "served": "v1"},
        {"kind": RunKind.DRILL, "migrations": 0, "served": "v1"},
        {"kind": RunKind.RESTORE, "migrations": 0, "served": "v1"},
    ],
)
def test_what_is_well(changes: dict[str, Any]) -> None:
    assert violations(replace(WELL, **changes)) == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"reached": False}, "The fault was not reached: nothing was tried."),
        ({"states": ["running"]}, "The run did not end: it is running."),
        ({"states": ["succeeded", "succeeded"]}, "One request made 2 runs."),
        ({"states": []}, "One request made 0 runs."),
        (
            {"states": ["failed"], "served": "v1", "failure": "No room"},
            "The run is failed, not succeeded: No room.",
        ),
        ({"finished_events": 0}, "The journal holds 0 events 'finished', not one."),
        ({"finished_events": 2}, "The journal holds 2 events 'finished', not one."),
        ({"active_runs": 1}, "1 runs are active: the next could not start."),
        ({"served": "v1"}, "The run is succeeded and v1 serves, not v2."),
        ({"served": None}, "The run is succeeded and nothing well serves, not v2."),
        ({**_REVERTED, "served": "v2"}, "The run is reverted and v2 serves, not v1."),
        (_BROKEN, "The way back failed and the chat was not told CRITICAL."),
        ({"critical": True}, "The chat was told CRITICAL and the run is succeeded."),
        ({"migrations": 2}, "The migration ran 2 times."),
        ({"migrations": 0}, "The run succeeded without its migration."),
        ({"containers": ["x-run-1-test"]}, "A container is left: x-run-1-test."),
        ({"files": ["state/a.part"]}, "A file is left: state/a.part."),
        ({"backups": ["The last backup is gone: a."]}, "The last backup is gone: a."),
        ({"results": 0}, "The chat holds 0 result messages of the run, not one."),
        ({"results": 2}, "The chat holds 2 result messages of the run, not one."),
        ({"cards": 2}, "The chat holds 2 progress cards of the run, not one."),
        ({"actors": ["w-1", "w-2", "w-1"]}, "w-1 acted again after w-2 had taken over."),
        ({"beside": [_ORPHAN]}, "Acted while a child of a worker that is gone still ran: docker build."),
        ({"noted": ["The second worker acted."]}, "The second worker acted."),
        ({"failure": "An unforeseen error: X"}, "The run met an unforeseen error: An unforeseen error: X"),
    ],
)
def test_what_is_not(changes: dict[str, Any], sentence: str) -> None:
    assert sentence in violations(replace(WELL, **changes))
