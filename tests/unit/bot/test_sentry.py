"""The bot's own watch over time. The clock is the test's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.cards.sentry import journal_away, journal_back
from bot.sentry import Watched, look
from pipeline.model.release import Observation

NOW = datetime(2026, 11, 26, 3, 0, tzinfo=UTC)


def _film(steps: list[tuple[float, bool, bool, float | None]]) -> list[object]:
    """Each step: when, whether journal and Telegram answer, and when the worker told something last."""
    watched, said = Watched(), list[object]()
    for at, journal, telegram, told in steps:
        seen = None if told is None else Observation(at=NOW + timedelta(seconds=told), worker="w")
        watched, card, problems = look(
            watched, at, journal=journal, telegram=telegram, seen=seen, at=NOW + timedelta(seconds=at)
        )
        said.append(card or (None if problems is None else [one.fingerprint for one in problems]))
    return said


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        pytest.param(
            [(0, True, True, 0), (60, True, True, 0), (61, True, True, 0), (75, True, True, 70)],
            [[], [], ["worker"], []],
            id="a worker that is silent for more than a minute",
        ),
        pytest.param(
            [(0, True, True, -900), (59, True, True, -900), (60, True, True, -900), (70, True, True, 65)],
            [None, None, ["worker"], []],
            id="a bot that has just started gives the worker a minute, and takes nothing back meanwhile",
        ),
        pytest.param([(0, True, True, None), (90, True, True, None)], [[], []], id="before the first word"),
        pytest.param(
            [(0, True, True, 0), (15, False, True, None), (74, False, True, None), (90, True, True, 0)],
            [[], None, None, None],
            id="a journal that is back within a minute is not told",
        ),
        pytest.param(
            [
                (0, True, True, 0),
                (15, False, True, None),
                (75, False, True, None),
                (90, False, True, None),
                (135, True, True, 0),
                (150, True, True, 0),
                (194, True, True, 0),
                (195, True, True, 0),
            ],
            [[], None, journal_away(), None, journal_back(120), None, None, ["worker"]],
            id="away and back are told once each, and the worker has time to speak again",
        ),
        pytest.param(
            [(0, True, False, 0), (110, True, False, 100), (120, True, False, 115), (130, True, True, 125)],
            [None, None, ["telegram"], []],
            id="a Telegram that is away, whatever was told of it before",
        ),
        pytest.param(
            [(0, True, True, -900), (30, True, True, 25), (45, True, False, 40), (60, True, True, 55)],
            [None, [], None, []],
            id="a worker that speaks, and a Telegram that was away for a moment, are well at once",
        ),
    ],
)
def test_what_is_said(steps: list[tuple[float, bool, bool, float | None]], said: list[object]) -> None:
    assert _film(steps) == said


def test_the_whole_text_of_a_journal_that_is_back() -> None:
    assert journal_back(192).text == (
        "✅ <b>The journal is back</b>\n"
        "It was away for 3 min 12 s. What you wrote meanwhile is handled now;"
        " /status shows how production is."
    )
