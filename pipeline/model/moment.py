"""Moments as people read them, in the zone of TIME_ZONE. What machines read stays ISO 8601 in UTC."""

from __future__ import annotations

import difflib
from contextvars import ContextVar
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

ALLOWED = "a name of the IANA time zone database, such as UTC or Europe/Berlin"

_shown: ContextVar[tzinfo] = ContextVar("zone in which times are shown", default=UTC)


def zone_named(name: str) -> ZoneInfo:
    """Raises ValueError, which says what is allowed and what is near to the name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name of a folder, such as Europe
        near = _near(name)
        raise ValueError(f"{ALLOWED}; near to it: {', '.join(near)}" if near else ALLOWED) from None


def show_in(zone: tzinfo) -> None:
    """For this process, from here on: called once by each composition root, before it starts tasks."""
    _shown.set(zone)


def shown_zone() -> tzinfo:
    return _shown.get()


def clock(at: datetime) -> str:
    """`11:04 CET`."""
    return _said(at, "%H:%M")


def day(at: datetime) -> str:
    """`2026-03-09 11:04 CET`."""
    return _said(at, "%Y-%m-%d %H:%M")


def second(at: datetime) -> str:
    """`2026-03-09 11:04:59 CET`."""
    return _said(at, "%Y-%m-%d %H:%M:%S")


def unzoned(at: datetime, form: str) -> str:
    """Where the zone is told beside it, by `zone_at`."""
    return f"{at.astimezone(_shown.get()):{form}}"


def local(at: datetime) -> datetime:
    """Without its zone, for what is counted by the days that people know."""
    return at.astimezone(_shown.get()).replace(tzinfo=None)


def zone_at(at: datetime) -> str:
    """`CET`."""
    return at.astimezone(_shown.get()).tzname() or ""


def _said(at: datetime, form: str) -> str:
    """With the abbreviation of that moment: summer and winter have their own; a zone without one has its
    offset."""
    return f"{unzoned(at, form)} {zone_at(at)}"


def _near(name: str) -> list[str]:
    """Also for a town without its continent, and for other letter cases."""
    zones = {zone.casefold(): zone for zone in available_timezones()}
    wanted = name.strip().casefold().replace(" ", "_")
    if wanted in zones:
        return [zones[wanted]]
    towns = sorted(zone for key, zone in zones.items() if key.rpartition("/")[2] == wanted)
    return towns[:3] or [zones[key] for key in difflib.get_close_matches(wanted, zones, n=2, cutoff=0.8)]
