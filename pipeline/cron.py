"""Moments by a cron expression of five fields, in UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apscheduler.triggers.cron import CronTrigger

OFF = "off"
ALLOWED = (
    "a cron expression in UTC with five fields (minute, hour, day, month, weekday), such as 30 3 * * sun,"
    f" or {OFF}"
)
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NUMBERS = re.compile(r"([0-7])(?:-([0-7]))?(?:/(\d{1,2}))?")


def trigger(expression: str) -> CronTrigger | None:
    """None for `off`. Raises ValueError for what is no expression, or one whose moment never comes."""
    if expression == OFF:
        return None
    from apscheduler.triggers.cron import CronTrigger  # half a second, which only the bot needs

    fields = expression.split()
    if len(fields) != 5:
        raise ValueError(ALLOWED)
    try:
        made = CronTrigger.from_crontab(" ".join([*fields[:4], _weekdays(fields[4])]), timezone=UTC)
    except ValueError as error:
        raise ValueError(ALLOWED) from error
    if made.get_next_fire_time(None, datetime.now(UTC)) is None:
        raise ValueError(f"{ALLOWED}, that comes at some time")
    return made


def last_moment(when: CronTrigger, now: datetime, within: timedelta) -> datetime | None:
    """The newest moment up to `now`, if there was one in the time before."""
    found = None
    at = when.get_next_fire_time(None, now - within)
    while at is not None and at <= now:
        found, at = at, when.get_next_fire_time(at, now)
    return found


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
