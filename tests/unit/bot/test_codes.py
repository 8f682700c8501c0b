"""Codes against the examples of RFC 6238, appendix B (the last six digits); wrong ones shut the door."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest

from bot.codes import holds_code, step_of, without_code
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
    ("text", "kept"),
    [
        ("/approve", "/approve"),
        ("/approve 12", "/approve 12"),
        ("/approve 12 please", "/approve 12 please"),
        ("/approve 12 123456", "/approve 12 ***"),
        ("/Approve@deploy_bot 12 123 456", "/Approve@deploy_bot 12 *** ***"),
        ("/approve\n12  123  456", "/approve\n12  ***  ***"),
        ("/approve shop 12 123456", "/approve shop *** ***"),
        ("/approve 12 123-456", "/approve 12 ***-***"),
        ("/approve 12 code:123456.", "/approve 12 code:***."),
        ("/approve 12 12 34 56", "/approve 12 *** *** ***"),
        ("/approve 12 1234567", "/approve 12 ***"),
        ("/approve 12 12345", "/approve *** ***"),
        ("/approve 123 456", "/approve *** ***"),
        ("/approve123456", "/approve***"),
        (
            "/approve 12 123456 override ticket 77 of 2026-01-01",
            "/approve 12 *** override ticket 77 of 2026-01-01",
        ),
        ("/approve 12 override it, 123 456", "/approve 12 override it, ***"),
        ("123 456", "***"),
        ("123456", "***"),
        ("1234567", "1234567"),
        ("/reject 12 123456 rows are gone", "/reject 12 123456 rows are gone"),
        ("what is 123456?", "what is 123456?"),
    ],
)
def test_what_is_kept_of_a_message(text: str, kept: str) -> None:
    assert without_code(text) == kept
    assert holds_code(text) is (kept != text)


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
