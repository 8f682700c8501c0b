"""DORA's four keys, over pasts that are written down."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from pipeline.model.dora import Dora, measured
from pipeline.model.figures import Change, Past, Trouble
from pipeline.model.states import RunKind, RunState, Source
from tests.unit.pipeline.past import NOW, PERIOD_AGO, ago, change, commit

BACK: dict[str, Any] = {"kind": RunKind.ROLLBACK, "release_id": 1, "source": Source.TELEGRAM}


def measure(*changes: Change, troubles: list[Trouble] | None = None, began: datetime | None = None) -> Dora:
    past = Past(began_at=began or ago(days=90), changes=list(changes), troubles=troubles or [])
    return measured(past, PERIOD_AGO, NOW)


def back(number: int, ended: datetime, left: int, **changes: Any) -> Change:
    """A rollback from the release `left`."""
    return change(number, ended, **(BACK | {"live_release_id": left} | changes))


def test_nothing_ran() -> None:
    dora = measured(Past(began_at=None), PERIOD_AGO, NOW)
    assert dora == Dora(since=PERIOD_AGO, until=NOW, covered=timedelta(0))
    assert (dora.per_week, dora.failure_rate) == (None, None)


@pytest.mark.parametrize(
    ("began", "covered", "per_week"),
    [
        (ago(days=90), timedelta(days=30), 14 / 30),
        (ago(days=14), timedelta(days=14), 1.0),
        (ago(days=7), timedelta(days=7), 2.0),
        (ago(days=6), timedelta(days=6), None),
    ],
)
def test_deployment_frequency_is_of_the_time_with_a_journal(
    began: datetime, covered: timedelta, per_week: float | None
) -> None:
    dora = measure(change(1, ago(days=5)), change(2, ago(days=1)), began=began)
    assert (dora.live, dora.covered) == (2, covered)
    assert dora.per_week == (None if per_week is None else pytest.approx(per_week))


def test_what_ended_outside_the_period_does_not_count() -> None:
    dora = measure(change(1, ago(days=31)), change(2, PERIOD_AGO), change(3, NOW))
    assert (dora.reached, dora.live) == (1, 1)


def test_only_deploys_that_went_live_are_deployments() -> None:
    dora = measure(
        change(1, ago(days=9)),
        change(2, ago(days=8), state=RunState.REVERTED),
        change(3, ago(days=7), state=RunState.BROKEN),
        change(4, ago(days=6), kind=RunKind.RESTORE),
    )
    assert (dora.reached, dora.live, dora.failed) == (3, 1, 2)


def test_lead_time_is_the_median_of_commits_each_when_it_first_went_live() -> None:
    first = (commit("a", ago(days=9, hours=2)), commit("b", ago(days=9, hours=4)))
    again = (*first, commit("c", ago(days=5, hours=9)))
    dora = measure(
        change(1, ago(days=9), commits=first),
        change(2, ago(days=7), state=RunState.REVERTED, commits=(commit("d", ago(days=8)),)),
        change(3, ago(days=5), commits=again),
        change(4, ago(days=4), commits=()),
    )
    assert (dora.commits, dora.lead, dora.untimed) == (3, timedelta(hours=4), 0)


def test_deploys_whose_commit_times_are_not_known_are_told() -> None:
    dora = measure(change(1, ago(days=9)), change(2, ago(days=8), commits=(commit("a", ago(days=9)),)))
    assert (dora.commits, dora.lead, dora.untimed) == (1, timedelta(days=1), 1)


def test_a_clock_that_is_ahead_makes_no_negative_lead_time() -> None:
    assert measure(change(1, ago(days=9), commits=(commit("a", ago(days=8)),))).lead == timedelta(0)


@pytest.mark.parametrize(
    ("later", "failed", "restore"),
    [
        ([], 0, None),
        ([back(3, ago(days=9, hours=-1), 2)], 1, timedelta(hours=1)),
        ([back(3, ago(days=9, hours=-1), 2, kind=RunKind.REWIND)], 1, timedelta(hours=1)),
        ([back(3, ago(days=7), 2)], 0, None),
        ([back(3, ago(days=7), 2, source=Source.PROBATION)], 1, timedelta(days=2)),
        ([back(3, ago(days=9, hours=-1), 1)], 0, None),
        ([back(3, ago(days=9, hours=-1), 2, state=RunState.REVERTED)], 0, None),
        ([change(3, ago(days=9, hours=-1)), back(4, ago(days=9, hours=-2), 3)], 1, timedelta(hours=1)),
    ],
    ids=[
        "stays",
        "taken back",
        "with data",
        "days later",
        "probation",
        "not from it",
        "not through",
        "newer",
    ],
)
def test_a_release_that_is_left_soon_was_a_failed_change(
    later: list[Change], failed: int, restore: timedelta | None
) -> None:
    dora = measure(change(2, ago(days=9)), *later)
    assert (dora.failed, dora.restore) == (failed, restore)


@pytest.mark.parametrize(("deploys", "rate"), [(4, None), (5, 0.2), (10, 0.1)])
def test_a_rate_wants_enough_deploys(deploys: int, rate: float | None) -> None:
    good = [change(number, ago(days=20 - number)) for number in range(1, deploys)]
    dora = measure(*good, change(99, ago(days=1), state=RunState.REVERTED))
    assert (dora.failed, dora.reached, dora.failure_rate) == (1, deploys, rate)


def test_time_to_restore_of_deploys_runs_from_the_switch_to_what_served_again() -> None:
    dora = measure(
        change(1, ago(days=9), state=RunState.REVERTED),
        change(2, ago(days=8), state=RunState.BROKEN),
        change(3, ago(days=8, hours=-1), state=RunState.REVERTED),
        change(4, ago(days=8, hours=-3)),
        change(5, ago(days=1), state=RunState.BROKEN),
    )
    assert (dora.incidents, dora.unrestored) == (2, 1)
    assert dora.longest == timedelta(hours=3, minutes=2)
    assert dora.restore == (timedelta(minutes=2) + timedelta(hours=3, minutes=2)) / 2


def test_a_bad_deploy_and_the_alert_it_brings_are_one_incident() -> None:
    deploy, rollback = change(2, ago(days=9)), back(3, ago(days=9, hours=-1), 2)
    during = Trouble(began_at=ago(days=9, minutes=-10), over_at=ago(days=9, minutes=-70))
    alone = Trouble(began_at=ago(days=3), over_at=ago(days=3, minutes=-10))
    dora = measure(deploy, rollback, troubles=[during, alone])
    assert (dora.incidents, dora.longest) == (2, timedelta(minutes=70))


def test_an_alert_that_is_open_is_not_restored_whatever_comes_after() -> None:
    open_one = Trouble(began_at=ago(days=3), over_at=None)
    dora = measure(troubles=[open_one, Trouble(began_at=ago(days=2), over_at=ago(days=1))])
    assert (dora.incidents, dora.restore, dora.unrestored) == (0, None, 1)


def test_a_rollback_that_leaves_production_broken_is_an_incident() -> None:
    dora = measure(back(2, ago(days=4), 1, state=RunState.BROKEN), change(3, ago(days=4, hours=-1)))
    assert (dora.failed, dora.incidents, dora.restore) == (0, 1, timedelta(hours=1, minutes=2))
