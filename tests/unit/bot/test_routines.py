"""Which moment is due: the newest, for as long as it is made up for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.routines import due, late
from pipeline.cron import newest_moment, trigger
from pipeline.model.schedule import ScheduleName

NIGHT = datetime(2026, 11, 29, 2, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("ahead", "wanted"),
    [
        (-SECOND, -24 * HOUR),
        (timedelta(0), timedelta(0)),
        (12 * HOUR, timedelta(0)),
        (12 * HOUR + SECOND, None),
    ],
)
def test_a_backup_is_made_up_for_while_the_next_is_not_nearer(
    ahead: timedelta, wanted: timedelta | None
) -> None:
    when = trigger("30 2 * * *")
    assert when is not None
    found = due(when, NIGHT + ahead, late(ScheduleName.BACKUP))
    if ahead < timedelta(0):
        assert found is None, "the one to come is nearer than that of the night before"
    else:
        assert found == (None if wanted is None else NIGHT + wanted)


def test_a_weekly_backup_is_made_up_for_for_days() -> None:
    when = trigger("30 2 * * sun")
    assert when is not None
    assert due(when, NIGHT + timedelta(days=3, hours=12), None) == NIGHT
    assert due(when, NIGHT + timedelta(days=3, hours=13), None) is None


@pytest.mark.parametrize(
    ("name", "within"),
    [
        (ScheduleName.DRILL, timedelta(days=1)),
        (ScheduleName.ROLLBACK_DRILL, timedelta(days=1)),
        (ScheduleName.DIGEST, timedelta(hours=6)),
    ],
)
def test_the_others_have_their_time(name: ScheduleName, within: timedelta) -> None:
    when = trigger("30 2 * * sun")
    assert when is not None
    assert due(when, NIGHT + within, late(name)) == NIGHT
    assert due(when, NIGHT + within + SECOND, late(name)) is None


def test_the_night_of_a_clock_change_has_one_backup() -> None:
    when = trigger("30 2 * * *", ZoneInfo("Europe/Berlin"))
    assert when is not None
    autumn = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # 2:30 comes twice: the first counts
    assert due(when, autumn, None) == autumn
    assert due(when, autumn + HOUR, None) == autumn


@pytest.mark.parametrize("expression", ["* * * * *", "0 * * * *", "30 2 1 * *", "30 2 1 6 *"])
def test_the_newest_moment_however_rare(expression: str) -> None:
    when = trigger(expression)
    assert when is not None
    found = newest_moment(when, NIGHT)
    assert found is not None
    assert found <= NIGHT
    following = when.get_next_fire_time(None, found + SECOND)
    assert following is not None
    assert following > NIGHT


def test_one_that_came_a_year_ago_is_not_looked_for() -> None:
    when = trigger("30 2 1 1 *")
    assert when is not None
    assert newest_moment(when, NIGHT) is None
