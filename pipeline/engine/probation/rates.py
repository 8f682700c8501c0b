"""What a release's samples add up to, and whether that is worse than the release before. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime

from pipeline.model.probation import Figures, Sample

FEWEST_ERRORS = 5
"""Fewer lines tell of errors by chance."""

FEWEST_ANSWERS = 5
"""From fewer answers no median is taken."""

_TIMES_MORE = 2.0
_DEVIATIONS = 3.0
_SLOWER = 2.0
_MEDIAN_FLOOR_MS = 200
_P95_FLOOR_MS = 500


def figures(samples: Sequence[Sample], since: datetime) -> Figures | None:
    """Of samples whose first tells what happened from `since` on; None where nothing was seen."""
    seen = [sample for sample in samples if sample.unknown is None]
    if not seen:
        return None
    counted = [sample.errors for sample in seen if sample.errors is not None]
    answers = sorted(
        s.response.ms for s in seen if s.response and s.response.ok and s.response.ms is not None
    )
    enough = len(answers) >= FEWEST_ANSWERS
    return Figures(
        minutes=round(max((seen[-1].at - since).total_seconds(), 0.0) / 60, 2),
        errors=sum(counted) if counted else None,
        answers=len(answers),
        median_ms=_at(answers, 0.5) if enough else None,
        p95_ms=_at(answers, 0.95) if enough else None,
    )


def more_errors(now: Figures, before: Figures | None) -> str | None:
    """A sentence where the log tells of more errors than chance explains.

    Lines that tell of errors are taken for a Poisson process. What is expected is the rate of before, with
    one line more than was counted there so that a quiet log expects something, over the time of now. More
    than three standard deviations above it, more than twice as many, and at least five lines are too many.
    Without a release to compare with nothing is said.
    """
    if before is None or before.errors is None or before.minutes <= 0 or now.errors is None:
        return None
    expected = (before.errors + 1) / before.minutes * now.minutes
    usual = max(expected + _DEVIATIONS * math.sqrt(expected), expected * _TIMES_MORE)
    if now.errors < FEWEST_ERRORS or now.errors <= usual:
        return None
    return (
        f"Its log tells of errors in {_lines(now.errors)} within {now.minutes:.1f} min; that of the release"
        f" before did in {_lines(before.errors)} within {before.minutes:.1f} min."
    )


def slower(now: Figures, before: Figures | None) -> str | None:
    """A sentence where the health endpoint is at least twice as slow as before, and by more than a floor of
    200 ms in the median or 500 ms in the 95th percentile. Without enough answers of both nothing is said."""
    if before is None:
        return None
    for name, value, old, floor in (
        ("half", now.median_ms, before.median_ms, _MEDIAN_FLOOR_MS),
        ("95 %", now.p95_ms, before.p95_ms, _P95_FLOOR_MS),
    ):
        if value is not None and old is not None and value >= old * _SLOWER and value - old > floor:
            return (
                f"Its health endpoint is slow: {name} of the answers came within {value} ms,"
                f" of the release before within {old} ms."
            )
    return None


def _at(ordered: Sequence[int], share: float) -> int:
    """The value that this share of them does not exceed."""
    return ordered[max(math.ceil(share * len(ordered)) - 1, 0)]


def _lines(count: int) -> str:
    return "no line" if count == 0 else f"{count} line{'s' if count != 1 else ''}"
