"""QUIET_HOURS by the clock on the wall, over midnight and where clocks are put forward or back."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from pipeline.quiet import ALLOWED, Quiet, morning

BERLIN = ZoneInfo("Europe/Berlin")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("setting", "at", "quiet"),
    [
        ("off", "2026-01-10T23:30", False),
        ("22:00-07:00", "2026-01-10T20:59", False),  # 21:59 in Berlin
        ("22:00-07:00", "2026-01-10T21:00", True),
        ("22:00-07:00", "2026-01-10T23:30", True),
        ("22:00-07:00", "2026-01-11T05:59", True),
        ("22:00-07:00", "2026-01-11T06:00", False),
        ("13:00-14:30", "2026-01-10T12:00", True),
        ("13:00-14:30", "2026-01-10T13:30", False),
        # In the night to 2026-03-29 the clock goes from 2:00 to 3:00: the morning comes an hour earlier.
        ("22:00-07:00", "2026-03-28T20:59", False),
        ("22:00-07:00", "2026-03-28T21:00", True),
        ("22:00-07:00", "2026-03-29T04:59", True),
        ("22:00-07:00", "2026-03-29T05:00", False),
        ("02:00-03:00", "2026-03-29T00:59", False),  # an hour that the day does not have
        ("02:00-03:00", "2026-03-29T01:00", False),
        # In the night to 2026-10-25 it goes from 3:00 to 2:00: the night is an hour longer.
        ("22:00-07:00", "2026-10-24T20:00", True),
        ("22:00-07:00", "2026-10-25T05:59", True),
        ("22:00-07:00", "2026-10-25T06:00", False),
        ("02:00-02:30", "2026-10-25T00:15", True),  # both times that it is a quarter past two
        ("02:00-02:30", "2026-10-25T01:15", True),
        ("02:00-02:30", "2026-10-25T00:45", False),
    ],
)
def test_when_it_is_quiet(setting: str, at: str, quiet: bool) -> None:
    assert Quiet(setting, BERLIN).holds(utc(at)) is quiet


@pytest.mark.parametrize(
    "setting", ["", "22-7", "22:00", "24:00-07:00", "22:60-07:00", "07:00-07:00", "7:00-8:00", "22:00–07:00"]
)
def test_what_cannot_be_read_is_refused(setting: str) -> None:
    with pytest.raises(ValueError, match=r"22:00-07:00") as refused:
        Quiet(setting)
    assert str(refused.value) == ALLOWED


@pytest.mark.parametrize(
    ("now", "at"),
    [
        ("2026-01-10T21:00", "2026-01-11T07:00"),
        ("2026-01-10T01:00", "2026-01-10T07:00"),  # at two in the night, who says tomorrow means the morning
        ("2026-01-10T04:00", "2026-01-11T07:00"),  # at five it is today
        ("2026-03-28T21:00", "2026-03-29T06:00"),  # summer time has begun
        ("2026-10-24T21:00", "2026-10-25T07:00"),
    ],
)
def test_the_morning(now: str, at: str) -> None:
    assert morning(utc(now), BERLIN) == utc(at)
