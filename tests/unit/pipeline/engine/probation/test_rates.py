from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pipeline.engine.probation.rates import figures, more_errors, slower
from pipeline.model.probation import Figures, Response, Sample

BEGAN = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)


def errors(count: int | None, minutes: float = 10) -> Figures:
    return Figures(minutes=minutes, errors=count)


@pytest.mark.parametrize(
    ("now", "before", "too_many"),
    [
        (errors(4), errors(0), False),  # four may be chance, whatever was before
        (errors(5), errors(0), True),
        (errors(5), errors(1), False),  # two expected, up to six by chance
        (errors(7), errors(1), True),
        (errors(120), errors(100), False),
        (errors(150), errors(100), False),  # clearly more, but not twice as many
        (errors(203), errors(100), True),
        (errors(30, 1), errors(20, 10), True),  # ten times the rate
        (errors(5, 10), errors(0, 1), False),  # a short look before says little
        (errors(50), errors(None), False),
        (errors(None), errors(0), False),
        (errors(50), errors(0, 0), False),
        (errors(50), None, False),
    ],
)
def test_more_errors_than_chance_explains(now: Figures, before: Figures | None, too_many: bool) -> None:
    assert (more_errors(now, before) is not None) is too_many


@pytest.mark.parametrize(
    ("now", "before", "slow"),
    [
        ((250, 300), (20, 40), True),
        ((200, 300), (20, 40), False),  # ten times as slow, and nobody notices 180 ms
        ((900, 950), (600, 700), False),
        ((30, 900), (20, 100), True),
        ((30, 590), (20, 100), False),
        ((None, None), (20, 40), False),
        ((900, 900), (None, None), False),
    ],
)
def test_slower_than_before(
    now: tuple[int | None, int | None], before: tuple[int | None, int | None], slow: bool
) -> None:
    first, second = (Figures(minutes=10, median_ms=pair[0], p95_ms=pair[1]) for pair in (now, before))
    assert (slower(first, second) is not None) is slow
    assert slower(first, None) is None


def test_figures_add_up_what_was_seen() -> None:
    samples = [
        Sample(
            at=BEGAN + timedelta(seconds=30 * number), errors=1, response=Response(ok=True, ms=10 * number)
        )
        for number in range(1, 21)
    ]
    samples.insert(3, Sample(at=BEGAN + timedelta(seconds=95), unknown="away"))
    samples[5] = Sample(at=samples[5].at, response=Response(ok=False, said="no answer"))
    assert figures(samples, BEGAN) == Figures(minutes=10, errors=19, answers=19, median_ms=110, p95_ms=200)


def test_figures_of_nothing_and_of_little() -> None:
    assert figures([], BEGAN) is None
    assert figures([Sample(at=BEGAN, unknown="away")], BEGAN) is None
    few = [Sample(at=BEGAN + timedelta(minutes=1), response=Response(ok=True, ms=5))]
    assert figures(few, BEGAN) == Figures(minutes=1, answers=1)
