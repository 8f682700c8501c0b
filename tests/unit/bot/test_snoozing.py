"""How long /snooze may last."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.handlers.attend import snoozed_until
from pipeline.quiet import Quiet
from tests.unit.bot.samples import START


@pytest.mark.parametrize(
    ("word", "hours"),
    [("30m", 0.5), ("2h", 2), ("2H", 2), ("1d", 24), ("7d", 168), ("tomorrow", 22)],
)
def test_lengths(word: str, hours: float) -> None:
    assert snoozed_until(word, START, Quiet()) == START + timedelta(hours=hours)


@pytest.mark.parametrize("word", ["", "2", "h", "0h", "-1h", "8d", "169h", "2 h", "99999d", "1w", "２h"])
def test_what_is_refused(word: str) -> None:
    assert snoozed_until(word, START, Quiet()) is None
