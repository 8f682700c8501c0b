"""Samples in, a verdict out: what fails, what is not clear, and what must not count."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pipeline.engine.probation.judging import judge
from pipeline.model.probation import (
    Figures,
    Probation,
    ProbationId,
    ProbationState,
    Response,
    Sample,
    Seen,
    Verdict,
    Watched,
)
from pipeline.model.release import ProjectId, ReleaseId, RunId

BEGAN = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)
EVERY = 10
LASTS = 600
WELL = Seen(running=True, health="healthy")
STARTING = Seen(running=True, health="starting")
UNHEALTHY = Seen(running=True, health="unhealthy")
DOWN = Seen(running=False, exit_code=1)
FAST = Response(ok=True, ms=20)
BAD = Response(ok=False, ms=15, said="503 in 15 ms")
AWAY = "Docker did not answer within 10 s"


def at(seconds: float) -> datetime:
    return BEGAN + timedelta(seconds=seconds)


def probation(**changes: Any) -> Probation:
    watched = Watched(
        every=timedelta(seconds=EVERY),
        startup_wait=timedelta(seconds=20),
        grace=timedelta(seconds=300),
        services=["app"],
        others=["mailer"],
    )
    values: dict[str, Any] = {
        "id": ProbationId(1),
        "project_id": ProjectId(1),
        "run_id": RunId(12),
        "release_id": ReleaseId(4),
        "previous_release_id": ReleaseId(3),
        "began_at": BEGAN,
        "until_at": at(LASTS),
        "watched": watched,
        "state": ProbationState.WATCHING,
    }
    return Probation(**(values | changes))


def sample(seconds: float, app: Seen | None = WELL, **changes: Any) -> Sample:
    services = {"mailer": Seen(running=True), **({"app": app} if app else {})}
    values: dict[str, Any] = {"services": services, "response": FAST, "errors": 0}
    return Sample(at=at(seconds), **(values | changes))


def whole(**odd: Sample) -> list[Sample]:
    """A probation in which all is well but for the samples given by their seconds, as `s120`."""
    return [odd.get(f"s{second}", sample(second)) for second in range(EVERY, LASTS + 1, EVERY)]


def unknown(seconds: float) -> Sample:
    return Sample(at=at(seconds), unknown=AWAY)


def verdict(samples: list[Sample], now: float = LASTS, **changes: Any) -> Verdict:
    return judge(probation(**changes), samples, at(now))


def test_all_is_well_to_the_end() -> None:
    assert verdict(whole()) == Verdict(state=ProbationState.PASSED)


def test_before_the_end_it_is_watched() -> None:
    assert verdict(whole()[:30], now=300) == Verdict(state=ProbationState.WATCHING)


CLEAR = [
    ([DOWN] * 3, "app was down (exit code 1) in 3 looks in a row, from 12:02:00 to 12:02:20."),
    ([UNHEALTHY] * 3, "app was unhealthy in 3 looks in a row, from 12:02:00 to 12:02:20."),
    ([None] * 3, "app was gone in 3 looks in a row, from 12:02:00 to 12:02:20."),
    ([UNHEALTHY, STARTING, UNHEALTHY, DOWN], "app was down (exit code 1) in 3 looks in a row, from 12:02:00"),
]


@pytest.mark.parametrize(("looks", "said"), CLEAR)
def test_several_looks_in_a_row_are_a_failure(looks: list[Seen | None], said: str) -> None:
    samples = [sample(second) for second in range(10, 120, 10)]
    samples += [sample(120 + number * 10, app) for number, app in enumerate(looks)]
    found = verdict(samples, now=160)
    assert found.state is ProbationState.FAILED
    assert found.evidence[0].startswith(said)


def test_the_health_endpoint_failing_in_a_row_is_a_failure() -> None:
    samples = [sample(s, response=BAD if s >= 100 else FAST) for s in range(10, 130, 10)]
    assert verdict(samples, now=120) == Verdict(
        state=ProbationState.FAILED,
        evidence=[
            "The health endpoint failed (503 in 15 ms) in 3 looks in a row, from 12:01:40 to 12:02:00."
        ],
    )


def test_two_looks_in_a_row_are_not_clear_yet() -> None:
    samples = [sample(s, DOWN if s >= 110 else WELL) for s in range(10, 130, 10)]
    assert verdict(samples, now=120).state is ProbationState.WATCHING


def test_looks_in_a_row_within_a_moment_are_not_clear() -> None:
    """News come in bursts, and a burst is one moment."""
    samples = [sample(s, DOWN if s >= 100 else WELL) for s in (90, 100, 101, 102, 103)]
    assert verdict(samples, now=103).state is ProbationState.WATCHING


def test_a_restart_loop_fails() -> None:
    samples = [sample(s, Seen(running=True, restarts=max(s // 10 - 5, 0))) for s in range(10, 90, 10)]
    assert verdict(samples, now=80).evidence == ["app is in a restart loop: Docker restarted it 3 times."]


def test_a_second_oom_kill_fails() -> None:
    samples = [sample(s, oom={"app": 1} if s in (50, 80) else {}) for s in range(10, 90, 10)]
    assert verdict(samples, now=80).evidence == ["app ran out of memory: 2 OOM kills."]


ODD: list[tuple[dict[str, Sample], str]] = [
    ({"s120": sample(120, DOWN)}, "app was down (exit code 1) in 1 look."),
    ({"s120": sample(120, flaps={"app": 1})}, "app was unhealthy once."),
    ({"s120": sample(120, oom={"app": 1})}, "app ran out of memory once (OOM kill)."),
    (
        {f"s{s}": sample(s, Seen(running=True, restarts=1)) for s in range(120, LASTS + 1, 10)},
        "app was restarted by Docker once.",
    ),
    (
        {f"s{s}": sample(s, response=BAD) for s in (120, 200)},
        "The health endpoint failed (503 in 15 ms) in 2 looks.",
    ),
    ({f"s{s}": sample(s, DOWN, stopped=["app"] if s == 120 else []) for s in (120, 130, 140, 150)}, ""),
    (
        {f"s{s}": sample(s, services={"app": WELL, "mailer": DOWN}) for s in range(120, LASTS + 1, 10)},
        "mailer was down (exit code 1) in 49 looks.",
    ),
]


@pytest.mark.parametrize(("odd", "said"), ODD)
def test_what_is_odd_is_asked_about_at_the_end(odd: dict[str, Sample], said: str) -> None:
    found = verdict(whole(**odd))
    assert found.state is ProbationState.INCONCLUSIVE
    assert found.evidence == [said or "app was stopped by hand once."]
    early = [each for each in whole(**odd) if each.at < at(300)]
    assert verdict(early, now=290).state is ProbationState.WATCHING


def test_one_failed_answer_alone_is_nothing() -> None:
    assert verdict(whole(s120=sample(120, response=BAD))).state is ProbationState.PASSED


def test_a_service_that_is_not_critical_may_end_well() -> None:
    done = Seen(running=False, exit_code=0)
    odd = {f"s{s}": sample(s, services={"app": WELL, "mailer": done}) for s in range(120, 601, 10)}
    assert verdict(whole(**odd)).state is ProbationState.PASSED


SLOW = Seen(running=True, health="starting", started_at=at(-5))


def test_a_slow_but_healthy_start_never_counts() -> None:
    """Starting, and its endpoint not there yet, for five minutes."""
    odd = {f"s{s}": sample(s, SLOW, response=BAD) for s in range(10, 310, 10)}
    assert verdict(whole(**odd)).state is ProbationState.PASSED


def test_nothing_counts_within_the_startup_wait() -> None:
    odd = {"s10": sample(10, DOWN, oom={"app": 2}, response=BAD)}
    assert verdict(whole(**odd)).state is ProbationState.PASSED


def test_answers_right_after_a_restart_do_not_count() -> None:
    fresh = Seen(running=True, restarts=1, started_at=at(115))
    odd = {f"s{s}": sample(s, fresh, response=BAD if s < 135 else FAST) for s in range(120, 601, 10)}
    assert verdict(whole(**odd)).evidence == ["app was restarted by Docker once."]


def test_looks_at_which_docker_was_away_are_no_failures() -> None:
    odd = {f"s{s}": unknown(s) for s in range(120, 200, 10)}
    assert verdict(whole(**odd)) == Verdict(
        state=ProbationState.PASSED, notes=[f"Not seen from 12:01:50 to 12:03:20: {AWAY}."]
    )


def test_what_is_ill_after_a_gap_has_the_time_of_a_deploy_to_come_back() -> None:
    """The machine was started anew: the worker is up before the application."""
    gone = [sample(s) for s in range(10, 110, 10)]
    back = [sample(s, DOWN, response=BAD) for s in range(200, 490, 10)]
    assert verdict([*gone, *back], now=480).state is ProbationState.WATCHING
    down = [*gone, *back, *(sample(s, DOWN, response=BAD) for s in range(490, 560, 10))]
    assert verdict(down, now=550).state is ProbationState.FAILED


def test_restarts_while_the_machine_comes_up_do_not_count() -> None:
    before = [sample(s) for s in range(10, 110, 10)]
    loops = [sample(s, Seen(running=True, restarts=4)) for s in range(200, 601, 10)]
    found = verdict([*before, *loops])
    assert found.state is ProbationState.PASSED
    assert found.notes == ["Not seen from 12:01:40 to 12:03:20: the worker was away."]


def test_well_again_after_a_gap_counts_again_after_the_startup_wait() -> None:
    before = [sample(s) for s in range(10, 110, 10)]
    after = [sample(200), sample(210), sample(220), *(sample(s, DOWN) for s in (230, 240, 250))]
    assert verdict([*before, *after], now=250).state is ProbationState.FAILED


def test_too_few_looks_are_not_conclusive() -> None:
    found = verdict(whole()[:20], now=900)
    assert found.state is ProbationState.INCONCLUSIVE
    assert found.evidence == ["Too little was seen: 20 of 60 looks. The worker or Docker was away."]
    assert found.notes == ["Not seen from 12:03:20 to 12:15:00: the worker was away."]


def test_what_is_ill_at_the_end_is_watched_until_it_is_clear() -> None:
    ends = whole(s590=sample(590, DOWN), s600=sample(600, DOWN))
    assert verdict(ends).state is ProbationState.WATCHING
    assert verdict([*ends, sample(610, DOWN)], now=610).state is ProbationState.FAILED
    assert verdict([*ends, sample(610)], now=610).state is ProbationState.INCONCLUSIVE


def test_more_errors_and_slower_answers_than_before_are_asked_about() -> None:
    before = Figures(minutes=10, errors=1, answers=20, median_ms=20, p95_ms=40)
    slow = Response(ok=True, ms=900)
    odd = {f"s{s}": sample(s, response=slow, errors=1, error="ERROR it broke") for s in range(10, 601, 10)}
    assert verdict(whole(**odd), baseline=before).evidence == [
        "Its log tells of errors in 60 lines within 10.0 min; that of the release before did in 1 line within"
        " 10.0 min.",
        "Its health endpoint is slow: half of the answers came within 900 ms, of the release before within"
        " 20 ms.",
        "The first of these lines: ERROR it broke",
    ]
    assert verdict(whole(**odd)).state is ProbationState.PASSED
