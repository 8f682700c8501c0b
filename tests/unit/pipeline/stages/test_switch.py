"""When a container counts as well, and when there is no use in waiting for it."""

from dataclasses import dataclass, replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.containers.engine import Container
from pipeline.model.results import CheckLine
from pipeline.stages.switch import _all_well, _well, is_dead, told
from tests.unit.pipeline.samples import IMAGE, NOW

WAITS = SimpleNamespace(settings=SimpleNamespace(startup_wait=10.0), clock=lambda: NOW)
BARE = Container(
    id="c0ffee",
    name="agent_app",
    service="app",
    image=IMAGE,
    image_name="agent:4f2a-r5",
    running=True,
    health=None,
    restarts=0,
    exit_code=None,
    started_at=NOW - timedelta(seconds=10),
    ports=frozenset(),
    mounts={},
)


@dataclass(frozen=True)
class Case:
    change: dict[str, Any]
    well: bool
    dead: bool


@pytest.mark.parametrize(
    "case",
    [
        Case({}, well=True, dead=False),
        Case({"started_at": NOW - timedelta(seconds=9.9)}, well=False, dead=False),
        Case({"started_at": None}, well=False, dead=False),
        Case({"health": "healthy", "started_at": NOW}, well=True, dead=False),
        Case({"health": "starting"}, well=False, dead=False),
        Case({"health": "unhealthy"}, well=False, dead=False),
        Case({"running": False}, well=False, dead=False),
        Case({"running": False, "exit_code": 0}, well=False, dead=False),
        Case({"running": False, "exit_code": 1}, well=False, dead=True),
        Case({"running": False, "exit_code": 137, "health": "healthy"}, well=False, dead=True),
        Case({"restarts": 2, "running": False}, well=False, dead=False),
        Case({"restarts": 3, "running": False}, well=False, dead=True),
        Case({"restarts": 3}, well=True, dead=True),
    ],
)
def test_how_a_container_is_judged(case: Case) -> None:
    container = replace(BARE, **case.change)
    assert _well(WAITS, container) is case.well
    assert is_dead(container) is case.dead


def test_a_service_is_well_when_all_its_containers_are() -> None:
    ill = replace(BARE, id="cafe", health="starting")
    assert _all_well(WAITS, [BARE, BARE])
    assert not _all_well(WAITS, [BARE, ill])
    assert not _all_well(WAITS, [ill, BARE])
    assert not _all_well(WAITS, [])


@pytest.mark.parametrize(
    ("detail", "said"),
    [
        ("It answered 500.", "logs: It answered 500. Found: 6; allowed: 0."),
        ("ERROR\nand 3 more", "logs: ERROR\nand 3 more\nFound: 6; allowed: 0."),
    ],
)
def test_what_a_failed_check_tells(detail: str, said: str) -> None:
    assert told(CheckLine(name="logs", ok=False, figure="6", limit="0", detail=detail)) == said
