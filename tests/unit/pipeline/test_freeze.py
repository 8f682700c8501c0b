"""When a freeze holds, and what is none."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pipeline.freeze import ALLOWED, Freeze
from pipeline.model.states import RunKind

WEEKEND = "0 18 * * fri for 62h"
CHRISTMAS = "0 0 24 dec * for 3d"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("setting", "now", "until"),
    [
        ("off", "2026-11-27 18:00", None),
        (WEEKEND, "2026-11-27 17:59", None),
        (WEEKEND, "2026-11-27 18:00", "2026-11-30 08:00"),
        (WEEKEND, "2026-11-30 07:59", "2026-11-30 08:00"),
        (WEEKEND, "2026-11-30 08:00", None),
        (f"{WEEKEND}; {CHRISTMAS}", "2026-12-24 00:00", "2026-12-28 08:00"),  # it runs into the weekend
        (f" {CHRISTMAS} ;{WEEKEND} ", "2026-12-26 12:00", "2026-12-28 08:00"),
        (f"{WEEKEND}; 0 12 * * sat for 1h30m", "2026-11-28 12:30", "2026-11-30 08:00"),
        ("0 12 * * * for 1h30m", "2026-11-28 13:29", "2026-11-28 13:30"),
    ],
)
def test_until(setting: str, now: str, until: str | None) -> None:
    found = Freeze(setting).until(RunKind.DEPLOY, at(now))
    assert found == (at(until) if until else None)


@pytest.mark.parametrize("kind", [kind for kind in RunKind if kind is not RunKind.DEPLOY])
def test_only_deploys_are_frozen(kind: RunKind) -> None:
    assert Freeze(WEEKEND).until(kind, at("2026-11-28 12:00")) is None


@pytest.mark.parametrize(
    ("setting", "why"),
    [
        ("0 18 * * fri", "'0 18 * * fri' is none"),
        ("0 18 * * fri for", "'0 18 * * fri for' is none"),
        ("0 18 * * fri for 2 days", "'0 18 * * fri for 2 days' is none"),
        ("0 18 * fri for 2d", "'0 18 * fri for 2d' is none"),
        (f"{WEEKEND};", "'' is none"),
        ("off; off", "'off' is none"),
        (
            "0 18 * * someday for 2d",
            "the moments of '0 18 * * someday for 2d' cannot be read, or never come",
        ),
        ("0 0 31 2 * for 2d", "the moments of '0 0 31 2 * for 2d' cannot be read, or never come"),
        ("0 18 * * fri for 0h", "'0 18 * * fri for 0h' lasts no time from 1m to 92d"),
        ("0 0 1 jan * for 93d", "'0 0 1 jan * for 93d' lasts no time from 1m to 92d"),
        ("0 8,18 * * * for 12h", "'0 8,18 * * * for 12h' begins anew before it is over"),
        ("0 * * * * for 2h", "'0 * * * * for 2h' begins anew before it is over"),
    ],
)
def test_what_is_none_is_named(setting: str, why: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - its text is compared whole
        Freeze(setting)
    assert str(caught.value) == f"{ALLOWED}; {why}"
