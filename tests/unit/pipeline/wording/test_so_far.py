"""A count at the head of a line is told apart from what is at work; a line of output stays whole."""

from __future__ import annotations

import pytest

from pipeline.wording.so_far import apart, so_far


@pytest.mark.parametrize(
    "far",
    [
        "12 of 48 tests",
        "25 % of the tests",
        "step 3 of 8",
        "23.1 MB, table 7 of 31",
        "812 B, all 31 tables counted",
        "restoring table 7 of 31",
        "checking index 3 of 40",
        "1 of 2 healthy",
        "round 2 of 5",
        "unit: 12 of 48 tests, end-to-end: 3 of 9 tests",
    ],
)
@pytest.mark.parametrize("what", ["", "public.orders", "a · b · c", "3 of 4 · d", "1 of 2 <b>\n & more"])
def test_what_is_put_together_comes_apart(far: str, what: str) -> None:
    assert apart(so_far(far, what)) == (far, what)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "fetching",
        "Collecting aiogram · 3 of 4",
        "12 of 48 tests are slow today",
        "test_it.py ....  [ 45%]",
        "waiting for app, jobs",
        "[3/8] done",
        "a " * 5000,
        "word: " * 2000,
    ],
)
def test_a_line_without_a_count_is_all_what(line: str) -> None:
    assert apart(so_far(None, line)) == ("", line)
