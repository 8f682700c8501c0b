"""When a plan is reminded of."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.unit.bot.samples import START, approval


@pytest.mark.parametrize(
    ("waits", "before"),
    [(2.9, None), (3, 1), (5, 1), (10, 2), (30, 6), (60 * 24, 288)],
)
def test_a_fifth_of_the_time_before_and_a_minute_at_least(waits: float, before: float | None) -> None:
    expires = START + timedelta(minutes=waits)
    found = approval(expires_at=expires).remind_at
    assert found == (None if before is None else expires - timedelta(minutes=before))


def test_put_off_it_is_a_fifth_of_the_time_that_was_added() -> None:
    expires = START + timedelta(minutes=60)
    found = approval(expires_at=expires, postponed_by="Ada (42)", postponed_at=START).remind_at
    assert found == expires - timedelta(minutes=6)
