"""What a picture shows of a past, and what stands beside its axes."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from pipeline.drawing.composing import CURVES, bins, picture
from pipeline.drawing.scale import dates, marks, tick
from pipeline.drawing.values import Picture, Unit
from pipeline.model.figures import Past
from tests.unit.pipeline.past import NOW, long_past

DAY = timedelta(days=1)
END = datetime(2026, 3, 9, 10)  # noqa: DTZ001 - pictures know no zones


def test_an_empty_one_says_of_each_panel_that_there_is_nothing() -> None:
    shown = picture("sample", Past(began_at=None), NOW, dark=True)
    assert (shown.end - shown.begin, len(shown.panels)) == (30 * DAY, 4)
    assert not any(panel.bars or any(curve.points for curve in panel.curves) for panel in shown.panels)
    assert all(panel.empty for panel in shown.panels)


def test_a_year() -> None:
    shown = picture("sample", long_past(400), NOW, dark=False)
    deploys, stages, coverage, backups = shown.panels
    assert shown.end - shown.begin == 365 * DAY
    assert shown.subtitle == "2025-03-09 – 2026-03-09 10:00 UTC"
    assert (deploys.title, len(deploys.bars)) == ("Deploys a month", 13)
    assert deploys.value == str(sum(bar.good + bar.bad for bar in deploys.bars))
    assert deploys.alarm == f"{sum(bar.bad for bar in deploys.bars)} failed"
    assert [curve.name for curve in stages.curves] == ["test", "build", "backup"]
    assert len(stages.curves) == CURVES
    assert coverage.value == "80.0 % · 300 tests"
    assert backups.curves[0].points[-1][1] == 299_500_000


def test_it_is_the_same_after_its_way_to_the_one_that_draws() -> None:
    shown = picture("a\x1b[31m$x$\u202e\n" + "b" * 99, long_past(90), NOW, dark=True)
    assert Picture.from_json(shown.to_json()) == shown
    assert shown.title.isprintable()
    assert len(shown.title) == 40


@pytest.mark.parametrize(
    ("span", "name", "count"), [(30 * DAY, "day", 31), (90 * DAY, "week", 14), (365 * DAY, "month", 13)]
)
def test_bars_stand_for_days_weeks_or_months(span: timedelta, name: str, count: int) -> None:
    begin = END - span
    found, parts = bins(begin, END)
    assert (found, len(parts)) == (name, count)
    assert parts[0][0] <= begin < parts[0][1]
    assert parts[-1][0] <= END < parts[-1][1]
    assert all(stop == start for (_, stop), (start, _) in pairwise(parts))


@pytest.mark.parametrize("days", [1, 30, 69, 70, 100, 365])
def test_dates_are_few_and_within(days: int) -> None:
    begin = END - days * DAY
    shown = dates(begin, END)
    assert 1 <= len(shown) <= 4
    assert all(begin <= at <= END for at, _ in shown)
    assert len({words for _, words in shown}) == len(shown)


@pytest.mark.parametrize(
    ("high", "unit", "words"),
    [
        (4.2, Unit.SECONDS, ["0", "2 s", "4 s"]),
        (236.0, Unit.SECONDS, ["0", "1 min", "2 min", "3 min"]),
        (9000.0, Unit.SECONDS, ["0", "1 h", "2 h"]),
        (141e6, Unit.BYTES, ["0", "50 MB", "100 MB"]),
        (1.7 * 1024**3, Unit.BYTES, ["0", "512 MB", "1 GB", "1.5 GB"]),
    ],
)
def test_marks_are_round(high: float, unit: Unit, words: list[str]) -> None:
    assert [tick(value, unit) for value in marks(high, unit)] == words
