"""Cron expressions in words, and what is said of a pause of one schedule."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pipeline.model.schedule import ScheduleName
from pipeline.wording.schedule import in_words, paused_schedule, resumed_schedule
from tests.unit.bot.cards.gallery.routines import rest


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("30 2 * * *", "each day at 02:30"),
        ("30 3 * * sun", "each Sunday at 03:30"),
        ("30 3 * * SUN", "each Sunday at 03:30"),
        ("0 8 * * 1-5", "each Monday to Friday at 08:00"),
        ("5 18 * * mon,thu", "each Monday, Thursday at 18:05"),
        ("0 8 * * 7", "each Sunday at 08:00"),
        ("0 4 1 * *", "on day 1 of each month at 04:00"),
        ("7 * * * *", "each hour at minute 7"),
        ("*/5 * * * *", "<code>*/5 * * * *</code>"),
        ("0 8-10 * * *", "<code>0 8-10 * * *</code>"),
        ("0 4 1 jan *", "<code>0 4 1 jan *</code>"),
        ("0 4 1 * mon", "<code>0 4 1 * mon</code>"),
        ("0 4 * * 0-6/2", "<code>0 4 * * 0-6/2</code>"),
        ("0 4 * * 1-day", "<code>0 4 * * 1-day</code>"),
        ("0 4 1-3 * *", "<code>0 4 1-3 * *</code>"),
        ("@weekly", "<code>@weekly</code>"),
    ],
)
def test_in_words_or_as_it_is(expression: str, words: str) -> None:
    assert in_words(expression) == words


def test_what_pausing_is_told() -> None:
    pause = rest(ScheduleName.DRILL)
    assert paused_schedule(ScheduleName.DRILL, pause) == (
        "⏸️ Restore drill is paused: its moments are left out until it is resumed."
    )
    assert paused_schedule(ScheduleName.DRILL, None) == "Restore drill is paused already."
    assert resumed_schedule(ScheduleName.DRILL, None) == "Restore drill is not paused."
    ended = type(pause)(**{**vars(pause), "ended_at": pause.began_at + timedelta(hours=3), "ended_by": "Ada"})
    assert resumed_schedule(ScheduleName.DRILL, ended) == (
        "▶️ Restore drill is resumed after 3 h 00 min. It goes on with its next moment."
    )
