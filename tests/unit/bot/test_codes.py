"""Codes against the examples of RFC 6238, appendix B (the last six digits); wrong ones shut the door."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest

from bot.codes import step_of
from pipeline.store.people import CodeRules, shut_until

SECRET = base64.b32encode(b"12345678901234567890").decode()
START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(1234567890, "005924"), (1111111109, "081804"), (1111111111, "050471"), (20000000000, "353130")],
)
def test_the_examples_of_the_standard(seconds: int, code: str) -> None:
    now = datetime.fromtimestamp(seconds, UTC)
    assert step_of(SECRET, code, now) == seconds // 30
    for late in (-30, 30):
        assert step_of(SECRET, code, now + timedelta(seconds=late)) == seconds // 30
    for late in (-60, 60):
        assert step_of(SECRET, code, now + timedelta(seconds=late)) is None


@pytest.mark.parametrize("code", ["", "28708", "2870820", "２８７０８２", "abcdef", "287 08"])
def test_what_is_no_code(code: str) -> None:
    assert step_of(SECRET, code, datetime.fromtimestamp(59, UTC)) is None


@pytest.mark.parametrize(
    ("minutes", "until"),
    [
        ([], None),
        ([0, 1, 2, 3], None),
        ([0, 1, 2, 3, 4], 14),
        ([0, 3, 6, 9, 12], None),
        ([0, 3, 6, 9, 9.9], 19.9),
        ([0, 5, 6, 7, 8, 9], 19),
    ],
)
def test_five_wrong_codes_within_ten_minutes_shut_the_door_for_ten(
    minutes: list[float], until: float | None
) -> None:
    wrong = [START + timedelta(minutes=minute) for minute in minutes]
    expected = None if until is None else START + timedelta(minutes=until)
    assert shut_until(wrong, CodeRules()) == expected
