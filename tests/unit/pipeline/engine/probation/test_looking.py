"""What a look tells of a service that has several containers."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from pipeline.containers.container import Container
from pipeline.engine.probation.looking import seen_of
from pipeline.model.probation import Seen
from tests.unit.pipeline.watching.samples import after, container, dead

WELL = container(health="healthy", restarts=1, started_at=after(-900))
PLAIN = container(started_at=None)
STARTING = container(health="starting", restarts=2, started_at=after(-5))
UNHEALTHY = container(health="unhealthy", started_at=after(-60))
DONE = dead(0, started_at=after(-300))
FAILED = dead(3, restarts=4, started_at=after(-2))
BACK_SOON = container(running=False, exit_code=None, restarts=5, started_at=after(-1))


@pytest.mark.parametrize(
    ("here", "seen"),
    [
        ([WELL, STARTING], Seen(running=True, health="starting", restarts=3, started_at=after(-5))),
        ([WELL, UNHEALTHY], Seen(running=True, health="unhealthy", restarts=1, started_at=after(-60))),
        (
            [STARTING, UNHEALTHY, WELL],
            Seen(running=True, health="unhealthy", restarts=3, started_at=after(-5)),
        ),
        ([DONE, WELL], Seen(running=False, restarts=1, exit_code=0, started_at=after(-300))),
        ([DONE, FAILED, WELL], Seen(running=False, restarts=5, exit_code=3, started_at=after(-2))),
        ([WELL, BACK_SOON, DONE], Seen(running=False, restarts=6, started_at=after(-1))),
        ([PLAIN, PLAIN], Seen(running=True)),
    ],
)
def test_the_worst_of_several_containers_counts_in_any_order(here: list[Container], seen: Seen) -> None:
    for order in itertools.permutations(here):
        assert seen_of([container("web"), *order]) == {
            "web": Seen(running=True, image="1", started_at=after(0)),
            "app": replace(seen, image="1"),
        }


def test_a_container_of_no_service_is_left_out() -> None:
    assert seen_of([container(service=None)]) == {}
