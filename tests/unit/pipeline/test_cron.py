"""Cron expressions as people write them, and the moments they mean."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

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
    "expression",
    [
        *("", "sunday", "30 3 * *", "30 3 * * sun 2026", "60 3 * * sun", "30 24 * * sun", "30 3 * * 8"),
        *("30 3 * * 3-1", "30 3 * * 1/2", "30 3 * * 1-5/0", "30 3 32 * *", "@weekly", "0 0 31 2 *", "OFF"),
    ],
)
def test_what_is_none_is_refused(expression: str) -> None:
    with pytest.raises(ValueError, match="a cron expression in UTC with five fields") as caught:
        trigger(expression)
    assert str(caught.value).startswith(ALLOWED)


def test_off() -> None:
    assert trigger("off") is None
