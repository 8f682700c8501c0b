"""A pause in words. HTML, pure."""

from __future__ import annotations

from datetime import datetime

from pipeline.model.pause import Pause
from pipeline.model.states import RunState
from pipeline.wording.markup import line
from pipeline.wording.words import PAUSED, RUN_SIGN, age, day, span

REASON_LIMIT = 200
MEANS = "Pushes are not asked about and schedules rest. What you ask for is done as always. /resume ends it."


def paused(pause: Pause, now: datetime) -> str:
    """`Paused since 2026-03-09 10:00 UTC (2 h ago) by Ada (42): moving house`, without a full stop."""
    why = f": {line(pause.reason, REASON_LIMIT)}" if pause.reason else ""
    since = f"{day(pause.began_at)} ({age(pause.began_at, now)})"
    return f"{PAUSED} <b>Paused</b> since {since} by {line(pause.began_by, 80)}{why}"


def resumed(pause: Pause) -> str:
    """Of one that has ended."""
    return f"{resumed_after(pause)}.\n{GOES_ON}"


def resumed_after(pause: Pause) -> str:
    """Likewise, in one line without a full stop."""
    lasted = f" after {span(pause.ended_at - pause.began_at)}" if pause.ended_at else ""
    why = f": {line(pause.reason, REASON_LIMIT)}" if pause.reason else ""
    by, sign = line(pause.began_by, 80), RUN_SIGN[RunState.RUNNING]
    return f"{sign} <b>Resumed</b>{lasted}. It was paused on {day(pause.began_at)} by {by}{why}"


GOES_ON = (
    "If something was pushed meanwhile, you are asked about the newest now. Schedules go on with their"
    " next moment; what was left out is not made up for."
)
NOT_PAUSED = "Nothing is paused: pushes are asked about and schedules run."
KEPT = "It was paused already, and what was said then stays. /resume and /pause say it anew."
