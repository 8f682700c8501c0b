"""Hours in which the phone rings only for what cannot wait: QUIET_HOURS."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta, tzinfo

from pipeline.cron import OFF

ALLOWED = f"two different times of the day, such as 22:00-07:00, or {OFF}"
_HOURS = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-3]):([0-5][0-9])")
_MORNING, _STILL_UP = time(8), time(5)


class Quiet:
    """By the clock on the wall in `zone`, also where it is put forward or back meanwhile; over midnight where
    the second time is the earlier one. Raises ValueError for what cannot be read."""

    def __init__(self, setting: str = OFF, zone: tzinfo = UTC) -> None:
        self.zone = zone
        self._hours = None if setting.strip() == OFF else _hours(setting.strip())

    def holds(self, now: datetime) -> bool:
        if self._hours is None:
            return False
        (begin, end), at = self._hours, now.astimezone(self.zone).time()
        return begin <= at < end if begin < end else at >= begin or at < end


def morning(now: datetime, zone: tzinfo) -> datetime:
    """Eight o'clock tomorrow in that zone; for who is still up before five, tomorrow is later today."""
    here = now.astimezone(zone)
    date = here.date() if here.time() < _STILL_UP else here.date() + timedelta(days=1)
    return datetime.combine(date, _MORNING, zone).astimezone(UTC)


def _hours(setting: str) -> tuple[time, time]:
    found = _HOURS.fullmatch(setting)
    if found is None:
        raise ValueError(ALLOWED)
    begin, end = time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))
    if begin == end:
        raise ValueError(ALLOWED)
    return begin, end
