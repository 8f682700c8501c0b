"""Times at which nothing new goes into production unless Master says so: FREEZE."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import TYPE_CHECKING

from pipeline.cron import OFF, last_moment, trigger
from pipeline.model.states import RunKind

if TYPE_CHECKING:
    from apscheduler.triggers.cron import CronTrigger

ALLOWED = (
    "windows with ; between them, each a cron expression and how long it lasts, such as"
    f" 0 18 * * fri for 62h; 0 0 24 dec * for 3d, or {OFF}"
)
_WINDOW = re.compile(r"(?P<cron>\S+(?: +\S+){4}) +for +(?P<lasts>(?:[0-9]{1,5}[dhm])+)")
_PART = re.compile(r"([0-9]+)([dhm])")
_UNIT = {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1)}
_LONGEST = timedelta(days=92)
_CHAINED = 50
_LOOKED_AT = 32


@dataclass(frozen=True)
class Window:
    """Begins at each moment of `begins`."""

    begins: CronTrigger
    lasts: timedelta


class Freeze:
    """Windows, whose times are meant in `zone`. Raises ValueError for what cannot be read, naming it."""

    def __init__(self, setting: str = OFF, zone: tzinfo = UTC) -> None:
        words = setting.strip()
        self._windows = [] if words == OFF else [_window(part.strip(), zone) for part in words.split(";")]

    def until(self, kind: RunKind, now: datetime) -> datetime | None:
        """The end of the freeze that holds for such a run, None where there is none.

        Only deploys are frozen: the way back, and bringing data back, never are.
        """
        if kind is not RunKind.DEPLOY:
            return None
        end: datetime | None = None
        for _ in range(_CHAINED):
            later = [found for window in self._windows if (found := _end(window, end or now)) is not None]
            if not later or (end is not None and max(later) <= end):
                break
            end = max(later)
        return end


def _end(window: Window, at: datetime) -> datetime | None:
    began = last_moment(window.begins, at, window.lasts)
    end = began + window.lasts if began else None
    return end if end is not None and end > at else None


def _window(text: str, zone: tzinfo) -> Window:
    found = _WINDOW.fullmatch(text)
    if found is None:
        raise ValueError(f"{ALLOWED}; {text!r} is none")
    try:
        begins = trigger(found["cron"], zone)
    except ValueError as error:
        raise ValueError(f"{ALLOWED}; the moments of {text!r} cannot be read, or never come") from error
    lasts = sum((int(count) * _UNIT[unit] for count, unit in _PART.findall(found["lasts"])), timedelta())
    if begins is None or not timedelta() < lasts <= _LONGEST:
        raise ValueError(f"{ALLOWED}; {text!r} lasts no time from 1m to {_LONGEST.days}d")
    moments = _moments(begins)
    if any(then - first < lasts for first, then in pairwise(moments)):
        raise ValueError(f"{ALLOWED}; {text!r} begins anew before it is over")
    return Window(begins, lasts)


def _moments(begins: CronTrigger) -> list[datetime]:
    """The next ones, as many as show how far apart they are."""
    found: list[datetime] = []
    at = begins.get_next_fire_time(None, datetime.now(UTC))
    while at is not None and len(found) < _LOOKED_AT:
        found.append(at)
        at = begins.get_next_fire_time(at, at)
    return found
