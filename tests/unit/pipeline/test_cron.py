"""Cron expressions as people write them, and the moments they mean."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from pipeline.cron import ALLOWED, last_moment, trigger

SUNDAY = datetime(2026, 11, 29, 3, 30, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("expression", "moment"),
    [
        ("30 3 * * sun", SUNDAY),
        ("30 3 * * 0", SUNDAY),
        ("30 3 * * 7", SUNDAY),
        ("30 3 * * 5-7", SUNDAY),
        ("30 3 * * 0-2", SUNDAY),
        ("30 3 * * 0-6/3", SUNDAY),
        ("30 3 * * Mon,SUN", SUNDAY),
        ("30 3 * * 1-6", SUNDAY - DAY),
        ("30 3 * * 6", SUNDAY - DAY),
        ("0 4 * * *", SUNDAY - timedelta(hours=23, minutes=30)),
        ("*/15 * 29 11 *", SUNDAY),
        ("29 3 * * *", SUNDAY - timedelta(minutes=1)),
        ("30 3 * * mon", None),
        ("30 3 1 1 *", None),
    ],
)
def test_the_newest_moment_of_the_last_day(expression: str, moment: datetime | None) -> None:
    when = trigger(expression)
    assert when is not None
    assert last_moment(when, SUNDAY, DAY) == moment


def test_a_moment_counts_from_when_it_comes_until_a_day_later() -> None:
    when = trigger("30 3 * * sun")
    assert when is not None
    second = timedelta(seconds=1)
    assert last_moment(when, SUNDAY - second, DAY) is None
    assert last_moment(when, SUNDAY + DAY, DAY) == SUNDAY
    assert last_moment(when, SUNDAY + DAY + second, DAY) is None


@pytest.mark.parametrize(
    ("expression", "now", "moment"),
    [
        ("30 2 * * *", "2026-03-28 12:00", "2026-03-28 01:30"),
        ("30 2 * * *", "2026-03-29 12:00", "2026-03-29 01:30"),  # 2:30 is left out: 3:30 then
        ("30 2 * * *", "2026-03-30 12:00", "2026-03-30 00:30"),
        ("30 2 * * *", "2026-10-25 00:45", "2026-10-25 00:30"),
        ("30 2 * * *", "2026-10-25 01:30", "2026-10-25 00:30"),  # 2:30 comes again: once is enough
        ("30 2 * * *", "2026-10-25 12:00", "2026-10-25 00:30"),
        ("30 2 * * *", "2026-10-26 12:00", "2026-10-26 01:30"),
        ("0 3 * * sun", "2026-10-25 12:00", "2026-10-25 02:00"),
    ],
)
def test_moments_where_the_clocks_change(expression: str, now: str, moment: str) -> None:
    when = trigger(expression, ZoneInfo("Europe/Berlin"))
    assert when is not None
    found = last_moment(when, datetime.fromisoformat(f"{now}+00:00"), DAY)
    assert f"{found:%Y-%m-%d %H:%M}" == moment
    assert found is not None
    assert found.tzinfo is UTC


def test_a_year_of_nights_has_one_moment_each() -> None:
    when = trigger("30 2 * * *", ZoneInfo("Europe/Berlin"))
    assert when is not None
    noon = datetime(2026, 1, 1, 11, tzinfo=UTC)
    found = {last_moment(when, noon + day * DAY, DAY) for day in range(365)}
    assert len(found) == 365


@pytest.mark.parametrize(
    "expression",
    [
        *("", "sunday", "30 3 * *", "30 3 * * sun 2026", "60 3 * * sun", "30 24 * * sun", "30 3 * * 8"),
        *("30 3 * * 3-1", "30 3 * * 1/2", "30 3 * * 1-5/0", "30 3 32 * *", "@weekly", "0 0 31 2 *", "OFF"),
    ],
)
def test_what_is_none_is_refused(expression: str) -> None:
    with pytest.raises(ValueError, match="a cron expression with five fields") as caught:
        trigger(expression)
    assert str(caught.value).startswith(ALLOWED)


def test_off() -> None:
    assert trigger("off") is None
