"""Moments by a cron expression of five fields, in a time zone."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apscheduler.triggers.cron import CronTrigger

OFF = "off"
ALLOWED = (
    f"a cron expression with five fields (minute, hour, day, month, weekday), such as 30 3 * * sun, or {OFF}"
)
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LOOKED_BACK = (0.05, 1, 8, 32, 184)
"""In days: for one that comes often not many moments are counted up."""

_NUMBERS = re.compile(r"([0-7])(?:-([0-7]))?(?:/(\d{1,2}))?")


def trigger(expression: str, zone: tzinfo = UTC) -> CronTrigger | None:
    """None for `off`. Raises ValueError for what is no expression, or one whose moment never comes."""
    if expression == OFF:
        return None
    from apscheduler.triggers.cron import CronTrigger  # half a second, which only the bot needs

    fields = expression.split()
    if len(fields) != 5:
        raise ValueError(ALLOWED)
    try:
        made = CronTrigger.from_crontab(" ".join([*fields[:4], _weekdays(fields[4])]), timezone=zone)
    except ValueError as error:
        raise ValueError(ALLOWED) from error
    if made.get_next_fire_time(None, datetime.now(UTC)) is None:
        raise ValueError(f"{ALLOWED}, that comes at some time")
    return made


def last_moment(when: CronTrigger, now: datetime, within: timedelta) -> datetime | None:
    """The newest moment up to `now`, in UTC, if there was one in the time before.

    Where clocks go forward, a time that is left out comes as much later; where they go back, one that comes
    twice counts once, the first time.
    """
    found = None
    at = when.get_next_fire_time(None, now - within)
    while at is not None and (moment := at.astimezone(UTC)) <= now:
        found = found if at.fold else moment
        at = when.get_next_fire_time(at, now)
    return found


def newest_moment(when: CronTrigger, now: datetime) -> datetime | None:
    """The newest up to `now`, in UTC, of the last half year."""
    for days in _LOOKED_BACK:
        if (found := last_moment(when, now, timedelta(days=days))) is not None:
            return found
    return None


def _weekdays(field: str) -> str:
    """By name: for cron 0 and 7 are Sunday, for the scheduler 0 is Monday."""
    return ",".join(_named(part) for part in field.lower().split(","))


def _named(part: str) -> str:
    found = _NUMBERS.fullmatch(part)
    if found is None:
        return part
    first, last, step = int(found[1]), int(found[2] or found[1]), int(found[3] or 1)
    if last < first or step < 1 or (found[3] and not found[2]):
        raise ValueError(ALLOWED)
    return ",".join(dict.fromkeys(_DAYS[day] for day in range(first, last + 1, step)))
