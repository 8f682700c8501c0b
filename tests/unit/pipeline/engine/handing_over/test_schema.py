"""Whether bot and worker have to stop before the journal is opened by newer code."""

from __future__ import annotations

import pytest

from pipeline.engine.handing_over.schema import must_stop
from pipeline.store.migration import Migration
from pipeline.store.schema import Standing

ADDS = Migration(number=30, name="adds", works_with=28, up="")
TAKES = Migration(number=31, name="takes", works_with=31, up="", down="")
OLD = {28: 28, 29: 28}


@pytest.mark.parametrize(
    ("applied", "pending", "stops"),
    [
        (OLD, (), False),
        (OLD, (ADDS,), False),
        (OLD, (TAKES,), True),
        (OLD, (ADDS, TAKES), True),
        # The hand-over was killed after it had migrated: what runs now is the new pair, which goes on.
        ({**OLD, 30: 28, 31: 31}, (), False),
    ],
)
def test_the_old_pair_stops_only_for_what_it_cannot_work_with(
    applied: dict[int, int], pending: tuple[Migration, ...], stops: bool
) -> None:
    assert must_stop(Standing(applied=applied, pending=pending, known=(ADDS, TAKES)), 29) is stops
