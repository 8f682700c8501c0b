from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pipeline.cli.audit import moment

NOW = datetime(2026, 3, 9, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("90m", NOW - timedelta(minutes=90)),
        ("24h", NOW - timedelta(days=1)),
        ("7d", NOW - timedelta(days=7)),
        ("2026-03-09T10:00+01:00", NOW - timedelta(hours=1)),
        ("2026-03-09T10:00Z", NOW),
    ],
)
def test_since_when(text: str, at: datetime) -> None:
    assert moment(text, NOW) == at


def test_without_an_offset_it_is_meant_here() -> None:
    assert moment("2026-03-09", NOW) == datetime(2026, 3, 9).astimezone(UTC)


@pytest.mark.parametrize("text", ["", "yesterday", "7w", "-1h", "999999d", "2026-13-01"])
def test_what_is_no_moment_is_refused_with_what_is_allowed(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not known; allowed: a moment such as 2026-03-09"):
        moment(text, NOW)
