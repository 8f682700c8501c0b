"""Which backups are surplus: examples of each rule, and what holds whatever there is."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.model.release import Backup, BackupId, ProjectId
from pipeline.model.rotation import Policy, surplus

NOW = datetime(2026, 3, 11, 12, 0, tzinfo=UTC)  # a Wednesday, in ISO week 11


def _backup(number: int, made: datetime, **known: Any) -> Backup:
    backup = Backup(
        id=BackupId(number),
        project_id=ProjectId(1),
        run_id=None,
        database="agent",
        path=f"/b/{number}",
        bytes=1,
        sha256="0" * 64,
        created_at=made,
    )
    return replace(backup, **known)


def _each_day(count: int) -> list[Backup]:
    """1 is today's, 2 yesterday's and so on, all at noon."""
    return [_backup(number, NOW - timedelta(days=number - 1)) for number in range(1, count + 1)]


def _kept(backups: list[Backup], needed: Collection[int] = (), **policy: int) -> list[int]:
    gone = surplus(backups, Policy(**policy), NOW, {BackupId(number) for number in needed})
    return [backup.id for backup in backups if backup.id not in gone]


@pytest.mark.parametrize(
    ("policy", "kept"),
    [
        ({"days": 3}, [1, 2, 3, 4]),  # the fourth is exactly three days old
        ({"days": 1, "count": 5}, [1, 2, 3, 4, 5]),
        ({"days": 4, "count": 2}, [1, 2, 3, 4, 5]),  # what any rule wants
        ({"days": 1, "daily": 4}, [1, 2, 3, 4]),
        ({"days": 1, "weekly": 3}, [1, 2, 4, 11]),  # today, Sunday 8 and Sunday 1 March
        ({"days": 1, "monthly": 3}, [1, 2, 12, 40]),  # today, 28 February, 31 January
        ({"days": 1, "daily": 3, "weekly": 2, "monthly": 2}, [1, 2, 3, 4, 12]),
    ],
)
def test_each_rule(policy: dict[str, int], kept: list[int]) -> None:
    assert _kept(_each_day(60), **policy) == kept


def test_of_several_in_a_day_the_newest_stands_for_it() -> None:
    morning, noon, evening = (
        _backup(number, datetime(2026, 3, 1, hour, tzinfo=UTC)) for number, hour in ((1, 6), (2, 12), (3, 23))
    )
    today = _backup(4, NOW)
    assert _kept([morning, noon, evening, today], days=1, daily=30) == [3, 4]


def test_weeks_are_those_of_iso_and_months_go_back_over_the_year() -> None:
    now = datetime(2026, 1, 2, tzinfo=UTC)  # week 1 of 2026 began on 29 December 2025
    made = [_backup(1, datetime(2025, 12, 28, tzinfo=UTC)), _backup(2, datetime(2025, 12, 29, tzinfo=UTC))]
    newest = _backup(3, now)
    assert surplus([*made, newest], Policy(days=1, weekly=1), now, set()) == [1, 2]
    assert surplus([*made, newest], Policy(days=1, weekly=2), now, set()) == [2]
    assert surplus([*made, newest], Policy(days=1, monthly=2), now, set()) == [1]


def test_a_day_is_one_of_utc() -> None:
    east = datetime.fromisoformat("2026-03-11T01:00:00+03:00")  # still the tenth in UTC
    backups = [_backup(1, east), _backup(2, NOW)]
    assert _kept(backups, days=0, daily=1) == [2]
    assert _kept(backups, days=0, daily=2) == [1, 2]


def test_one_in_quarantine_stands_for_nothing_and_stays() -> None:
    old = _backup(1, NOW - timedelta(days=50))
    sick = _backup(2, NOW - timedelta(days=40), quarantined_at=NOW)
    assert _kept([old, sick], days=1) == [1, 2]
    assert _kept([old, sick, _backup(3, NOW)], days=1, monthly=2) == [2, 3]
    assert _kept([sick], days=1) == [2]


def test_what_a_kept_release_needs_and_the_newest_proven_one_stay() -> None:
    backups = [replace(each, proven_at=NOW) if each.id in (20, 30) else each for each in _each_day(40)]
    assert _kept(backups, {39, 77}, days=1) == [1, 2, 20, 39]


backups_ = st.lists(
    st.builds(
        lambda hours, database, proven, sick, pruned: _backup(
            1,
            NOW - timedelta(hours=hours),
            database=database,
            proven_at=NOW if proven else None,
            quarantined_at=NOW if sick else None,
            pruned_at=NOW if pruned else None,
        ),
        st.integers(0, 24 * 500),
        st.sampled_from(["agent", "renamed"]),
        st.booleans(),
        st.booleans(),
        st.booleans(),
    ),
    max_size=25,
).map(lambda found: [replace(each, id=BackupId(number)) for number, each in enumerate(found, 1)])
small = st.integers(0, 5)
policies = st.builds(Policy, days=small, count=small, daily=small, weekly=small, monthly=small)
numbers = st.sets(st.integers(1, 25).map(BackupId))


@given(backups_, policies, numbers)
def test_what_is_restorable_and_needed_always_stays(
    backups: list[Backup], policy: Policy, needed: set[BackupId]
) -> None:
    gone = surplus(backups, policy, NOW, needed)
    by_id = {backup.id: backup for backup in backups}
    assert len(set(gone)) == len(gone)
    assert not needed & set(gone)
    assert all(by_id[each].quarantined_at is None and by_id[each].pruned_at is None for each in gone)
    for database in ("agent", "renamed"):
        good = [b for b in backups if b.database == database and not b.quarantined_at and not b.pruned_at]
        for these in (good, [backup for backup in good if backup.proven_at]):
            if these:
                assert max(these, key=lambda backup: (backup.created_at, backup.id)).id not in gone
        left = [backup for backup in good if backup.id not in gone]
        assert len(left) >= min(policy.count, len(good))
        assert all(NOW - by_id[each].created_at > timedelta(days=policy.days) for each in gone)


@given(backups_, policies, numbers)
def test_it_takes_one_turn_and_a_wider_policy_keeps_no_less(
    backups: list[Backup], policy: Policy, needed: set[BackupId]
) -> None:
    gone = surplus(backups, policy, NOW, needed)
    left = [backup for backup in backups if backup.id not in gone]
    assert surplus(left, policy, NOW, needed) == []
    for rule in ("days", "count", "daily", "weekly", "monthly"):
        wider = replace(policy, **{rule: getattr(policy, rule) + 1})
        assert set(surplus(backups, wider, NOW, needed)) <= set(gone)


@given(backups_, policies, st.integers(0, 40))
def test_pruning_each_day_keeps_what_pruning_at_the_end_keeps(
    backups: list[Backup], policy: Policy, days: int
) -> None:
    """Whoever stands for a span later has stood for it before, so it was never given up meanwhile."""
    start = NOW - timedelta(days=days)
    left = [backup for backup in backups if backup.created_at <= start]
    for day in range(days + 1):
        today = start + timedelta(days=day)
        known = {backup.id for backup in left}
        left += [
            backup
            for backup in backups
            if backup.id not in known and today - timedelta(days=1) < backup.created_at <= today
        ]
        gone = surplus(left, policy, today, set())
        left = [backup for backup in left if backup.id not in gone]
    # The count alone may differ: of what was pruned meanwhile it cannot want anything any more.
    at_the_end = surplus(backups, replace(policy, count=0), NOW, set())
    wanted = {backup.id for backup in backups if backup.id not in at_the_end}
    assert wanted <= {backup.id for backup in left}
