"""Containers over time: what is told, when, and when it is over. The clock is the test's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from pipeline.containers.container import Container
from pipeline.containers.events import Happened
from pipeline.model.alert import Problem, Severity
from pipeline.watching.lasting import Memory
from pipeline.watching.production import Look, Watched, at_rest, watch
from tests.unit.pipeline.watching.samples import after, container, dead, died, event

LIVE = {"app": True}
Step = tuple[float, Sequence[Container], Sequence[Happened], Sequence[str]]
UP = [container()]


class Film:
    """Looks one after the other."""

    def __init__(self, services: Mapping[str, bool] = LIVE, before: Watched | None = None) -> None:
        self.watched = before or Watched()
        self.services = services
        self.problems: list[Problem] = []

    def look(
        self, at: float, containers: Sequence[Container], happened: Sequence[Happened] = (), **more: Any
    ) -> list[str]:
        look = Look(containers=containers, services=self.services, happened=happened, **more)
        self.watched, self.problems = watch(self.watched, look, after(at))
        return [problem.fingerprint for problem in self.problems]

    def rest(
        self, at: float, containers: Sequence[Container] = (), happened: Sequence[Happened] = ()
    ) -> None:
        look = Look(containers=containers, services=self.services, happened=happened)
        self.watched = at_rest(self.watched, look, after(at))


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param(
            [
                (0, UP, [], []),
                (3, [dead()], [died(2)], []),
                (17, [dead()], [], []),
                (18, [dead()], [], ["down/app"]),
                (20, UP, [], ["down/app"]),
                (25, [dead()], [died(24)], ["down/app"]),
                (30, UP, [], ["down/app"]),
                (39, UP, [], ["down/app"]),
                (40, UP, [], []),
            ],
            id="down after 15 s, over after 10 s without a break",
        ),
        pytest.param(
            [
                (0, UP, [], []),
                (3, UP, [died(2, 137)], ["restarted/app"]),
                (600, UP, [], ["restarted/app"]),
                (1199, UP, [], ["restarted/app"]),
                (1200, UP, [], []),
            ],
            id="a death between two looks is told as restarted, for ten minutes",
        ),
        pytest.param(
            [(0, UP, [], []), (1, [dead()], [died(1)], []), (4, UP, [], ["restarted/app"])],
            id="a flap of a second is counted, not told as down",
        ),
        pytest.param(
            [
                (0, UP, [], []),
                (5, UP, [died(2)], ["restarted/app"]),
                (10, UP, [died(9)], ["restarted/app"]),
                (20, [dead()], [died(19)], ["loop/app"]),
                (80, [dead()], [], ["loop/app"]),
                (90, UP, [], ["loop/app"]),
                (389, UP, [], ["loop/app"]),
                (390, UP, [], []),
            ],
            id="three deaths in five minutes are a loop, also while Docker waits before it starts it again",
        ),
        pytest.param(
            [(0, UP, [], [])] + [(t, UP, [died(t)], ["restarted/app"]) for t in (10, 170, 330, 490)],
            id="deaths far apart are no loop",
        ),
        pytest.param(
            [(0, UP, [], []), (5, UP, [event("kill", 1, signal=15), died(2, 143)], [])],
            id="a restart by hand is no problem",
        ),
        pytest.param(
            [
                (0, UP, [], []),
                (5, [dead(143)], [event("kill", 1, signal=15), died(2, 143)], []),
                (20, [dead(143)], [], ["down/app"]),
            ],
            id="stopped by hand and not started is down",
        ),
        pytest.param(
            [(0, UP, [], []), (5, UP, [event("kill", 1, signal=1), died(2)], ["restarted/app"])],
            id="a signal that ends nothing stops nothing",
        ),
        pytest.param(
            [
                (0, UP, [], []),
                (5, UP, [event("oom", 2), event("oom", 2.2), died(2.4, 137)], ["oom/app"]),
                (1804, UP, [], ["oom/app"]),
                (3610, UP, [], []),
            ],
            id="killed for want of memory, told once as such",
        ),
        pytest.param(
            [(0, UP, [], []), (5, UP, [event("oom", 2)], ["oom/app"])],
            id="a child killed for want of memory",
        ),
        pytest.param(
            [
                (0, [container(health="starting")], [], []),
                (50, [container(health="starting")], [], []),
                (60, [container(health="unhealthy")], [], []),
                (119, [container(health="unhealthy")], [], []),
                (120, [container(health="unhealthy")], [], ["unhealthy/app"]),
                (130, [container(health="healthy")], [], ["unhealthy/app"]),
                (140, [container(health="unhealthy")], [], ["unhealthy/app"]),
                (150, [container(health="starting")], [], ["unhealthy/app"]),
                (160, [container(health="healthy")], [], ["unhealthy/app"]),
                (180, [container(health="healthy")], [], []),
            ],
            id="unhealthy after a minute of it, healthy after 20 s; starting says nothing",
        ),
        pytest.param(
            [(0, [], [], []), (14, [], [], []), (15, [], [], ["down/app"]), (16, UP, [], ["down/app"])],
            id="a service of the live release without a container is missing",
        ),
        pytest.param(
            [
                (0, [dead()], [], []),
                (15, [dead()], [], ["down/app"]),
                (20, [container(health="starting")], [], ["down/app"]),
                (200, [container(health="starting")], [], ["down/app"]),
                (210, [container(health="healthy")], [], ["down/app"]),
                (220, [container(health="healthy")], [], []),
            ],
            id="what was down is up again only once it has started",
        ),
        pytest.param(
            [
                (0, [container(restarts=7)], [], []),
                (10, [container(restarts=8)], [], []),
                (20, [container(restarts=8)], [], ["restarted/app"]),
            ],
            id="without events Docker's own count tells, at the second look",
        ),
    ],
)
def test_what_is_told_over_time(steps: list[Step]) -> None:
    film = Film()
    assert [(at, film.look(at, containers, happened)) for at, containers, happened, _ in steps] == [
        (at, list(told)) for at, _, _, told in steps
    ]


def test_while_a_run_switches_nothing_is_told_and_what_is_told_stays() -> None:
    film = Film()
    film.look(0, [dead()], [died(0)])
    assert film.look(15, [dead()]) == ["down/app"]
    film.rest(20)
    assert [one.fingerprint for one in film.watched.memory.all] == ["down/app"]
    fresh = container(id="id-new")
    film.look(60, [fresh])
    assert film.look(70, [fresh]) == []
    film.rest(75, [fresh])
    assert film.look(80, [fresh]) == []
    assert film.look(94, [dead(id="id-new")], [event("die", 94, exit_code=1)]) == []


def test_what_was_stopped_while_a_run_switched_may_end_after_it() -> None:
    film = Film()
    film.look(0, UP)
    film.rest(5, UP, [event("kill", 4, signal=15)])
    fresh = container(id="id-new")
    assert film.look(14, [fresh], [died(6, 143)]) == []
    assert film.look(30, [fresh], [died(29, 143)]) == ["restarted/app"]


def test_waiting_does_not_go_on_over_a_switch() -> None:
    film = Film()
    film.look(0, [dead()])
    film.rest(5, [dead()])
    assert film.look(15, [dead()]) == []
    assert film.look(30, [dead()]) == ["down/app"]


def test_an_event_that_comes_late_is_not_counted_twice() -> None:
    film = Film()
    film.look(0, [container(restarts=7)])
    assert film.look(10, [container(restarts=8)]) == []
    more = []
    for at, happened in ((20, [died(9.5)]), (30, []), (40, [])):
        assert film.look(at, [container(restarts=8)], happened) == ["restarted/app"]
        more.append(film.problems[0].more)
    assert more == [0, 0, 0]


def test_each_time_is_counted_once() -> None:
    film = Film()
    film.look(0, UP)
    film.look(5, UP, [died(1), died(3)])
    assert [one.more for one in film.problems] == [1]
    film.look(10, UP)
    assert [one.more for one in film.problems] == [0]
    film = Film()
    film.look(0, UP)
    counts = []
    for at in (10, 200, 390, 580):
        film.look(at, UP, [died(at, at)])
        counts.append((film.problems[0].more, film.problems[0].what))
    assert [more for more, _ in counts] == [0, 1, 1, 1]
    assert "exit code 580" in counts[-1][1]


def test_what_was_told_before_the_worker_began_anew_is_not_told_again() -> None:
    first = Film()
    first.look(0, [dead()])
    first.look(15, [dead()])
    again = Film(before=Watched(memory=Memory.of(first.problems)))
    assert again.look(20, [dead()]) == ["down/app"]
    assert again.problems == first.problems
    again.look(30, UP)
    assert again.look(40, UP) == []


def test_a_service_that_is_no_longer_of_the_release_is_forgotten() -> None:
    film = Film()
    film.look(0, [])
    assert film.look(15, []) == ["down/app"]
    film.services = {"web": True}
    assert film.look(20, [container("web")]) == []


def test_only_a_critical_service_is_critical() -> None:
    film = Film({"app": True, "worker": False})
    here = [dead(), replace(dead(), id="id-worker", service="worker")]
    film.look(0, here)
    film.look(15, here)
    assert {one.fingerprint: one.severity for one in film.problems} == {
        "down/app": Severity.CRITICAL,
        "down/worker": Severity.WARNING,
    }
    film = Film()
    half = [container(id="one"), replace(dead(), id="two")]
    film.look(0, half)
    film.look(15, half)
    [down] = film.problems
    assert (down.severity, down.title) == (Severity.WARNING, "1 of 2 containers of app are down")


HELPER, SEED = {"app": True, "seed": False}, container("seed")


@pytest.mark.parametrize(
    ("services", "ended", "told"),
    [
        pytest.param(HELPER, dead(0, service="seed"), {}, id="a helper that has done its work"),
        pytest.param(HELPER, dead(1, service="seed"), {"down/seed": Severity.WARNING}, id="one that failed"),
        pytest.param(
            {"app": True, "seed": True},
            dead(0, service="seed"),
            {"down/seed": Severity.CRITICAL},
            id="critical",
        ),
        pytest.param(
            HELPER,
            dead(0, service="seed", kept_up=True),
            {"down/seed": Severity.WARNING},
            id="meant to run on",
        ),
        pytest.param(
            HELPER,
            dead(0, service="seed", started_at=None),
            {"down/seed": Severity.WARNING},
            id="never started",
        ),
    ],
)
def test_a_helper_that_ends_well_is_not_down(
    services: Mapping[str, bool], ended: Container, told: dict[str, Severity]
) -> None:
    film = Film(services)
    ended = replace(ended, id="id-seed")
    film.look(0, [*UP, SEED])
    film.look(3, [*UP, ended], [event("die", 2, "seed", exit_code=ended.exit_code)])
    film.look(18, [*UP, ended])
    assert {one.fingerprint: one.severity for one in film.problems} == told


def test_a_helper_that_does_its_work_again_and_again_is_no_loop() -> None:
    film = Film(HELPER)
    done, more = dead(0, service="seed"), [event("die", at, "seed", exit_code=0) for at in range(1, 5)]
    assert film.look(5, [*UP, done], more) == []
    assert film.look(10, [*UP, SEED], more[:1]) == []
    always = replace(done, running=True, exit_code=None, kept_up=True)
    assert film.look(20, [*UP, always], [event("die", at, "seed", exit_code=0) for at in (11, 13, 15)]) == [
        "loop/seed"
    ]


def test_a_helper_that_failed_and_was_tried_again_until_it_was_done() -> None:
    film = Film(HELPER)
    done, failed = dead(0, service="seed"), dead(1, service="seed")
    film.look(0, [*UP, SEED])
    film.look(3, [*UP, failed], [event("die", 2, "seed", exit_code=1)])
    assert film.look(18, [*UP, failed]) == ["down/seed"]
    film.look(20, [*UP, done], [event("die", 19, "seed", exit_code=0)])
    assert film.look(30, [*UP, done]) == []
    assert film.look(40, [*UP, SEED]) == []


def test_the_whole_words_of_a_death() -> None:
    film = Film()
    gone = [dead(137, oom_killed=True)]
    film.look(0, gone, [event("oom", 0), died(0, 137)], last_words={"app": ["loading", "boom"]})
    film.look(15, gone, last_words={"app": ["loading", "boom"]})
    assert film.problems == [
        Problem(
            fingerprint="down/app",
            severity=Severity.CRITICAL,
            title="app is down",
            what="app was killed for want of memory (OOM), exit code 137 (SIGKILL), and does not run again.",
            production="app does not run, so it serves nobody.",
            advice="See /logs app. /status shows what serves; /rollback brings an earlier release back.",
            service="app",
            details=["Ended at 2026-11-26 03:00:00 UTC", "loading", "boom"],
        )
    ]


def test_a_storm_stays_small_and_is_told_once() -> None:
    film = Film()
    film.look(0, UP)
    told = []
    for look in range(20):
        began = look * 3.0
        film.look(began + 3, UP, [died(began + n * 0.06, n % 256) for n in range(50)])
        told.append([(one.fingerprint, one.more) for one in film.problems])
    assert {name for look in told for name, _ in look} == {"loop/app"}
    assert sum(look[0][1] for look in told[1:]) + told[0][0][1] >= 900
    assert len(film.watched.deaths["app"]) == 20
    assert len(film.watched.ledger.counts) == 1
