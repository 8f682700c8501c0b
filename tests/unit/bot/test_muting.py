from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.callbacks import MuteFor
from bot.muting import until

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 3, 9, 11, tzinfo=UTC)


@pytest.mark.parametrize(
    ("span", "now", "end"),
    [
        (MuteFor.HOUR, NOON, datetime(2026, 3, 9, 12, tzinfo=UTC)),
        (MuteFor.EIGHT_HOURS, NOON, datetime(2026, 3, 9, 19, tzinfo=UTC)),
        (MuteFor.MORNING, NOON, datetime(2026, 3, 10, 7, tzinfo=UTC)),
        (MuteFor.MORNING, datetime(2026, 3, 9, 2, tzinfo=UTC), datetime(2026, 3, 9, 7, tzinfo=UTC)),
        (MuteFor.MORNING, datetime(2026, 3, 9, 23, 30, tzinfo=UTC), datetime(2026, 3, 10, 7, tzinfo=UTC)),
        (MuteFor.MORNING, datetime(2026, 3, 28, 20, tzinfo=UTC), datetime(2026, 3, 29, 6, tzinfo=UTC)),
        (MuteFor.OPEN, NOON, None),
    ],
)
def test_until_when(span: MuteFor, now: datetime, end: datetime | None) -> None:
    """The last but one is the night in which clocks go forward."""
    assert until(span, now, BERLIN) == end
