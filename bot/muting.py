"""Until when prompts are muted. Pure."""

from __future__ import annotations

from datetime import datetime, time, timedelta, tzinfo
from typing import Literal

from bot.callbacks import MuteFor

_MORNING = time(8)
_NIGHT_ENDS = time(5)


def until(
    span: Literal[MuteFor.HOUR, MuteFor.EIGHT_HOURS, MuteFor.MORNING, MuteFor.OPEN],
    now: datetime,
    zone: tzinfo,
) -> datetime | None:
    """None where there is no end. The morning is the next one after this night, at 8:00 in `zone`."""
    match span:
        case MuteFor.HOUR:
            return now + timedelta(hours=1)
        case MuteFor.EIGHT_HOURS:
            return now + timedelta(hours=8)
        case MuteFor.MORNING:
            there = now.astimezone(zone)
            days = 0 if there.time() < _NIGHT_ENDS else 1
            return datetime.combine(there.date() + timedelta(days=days), _MORNING, tzinfo=zone)
        case MuteFor.OPEN:
            return None
