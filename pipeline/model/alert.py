"""An alert: something that wants Master, as long as it lasts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType

from pipeline.model.release import ProjectId

AlertId = NewType("AlertId", int)
StormId = NewType("StormId", int)
NudgeId = NewType("NudgeId", int)

BACK_WITHIN = timedelta(hours=1)
"""A problem that comes back so soon is the same alert: what comes and goes is told once."""

SERVING = "serving"
"""The watcher that tells of a project which the worker cannot serve."""

BRANCH = "branch"
"""The one that tells of a watched branch which is not there."""

REMIND_AFTER = timedelta(hours=1)
RING_AGAIN = timedelta(minutes=15)
"""What comes and goes rings no oftener."""

IN_A_MINUTE, IN_AN_HOUR = 5, 20
"""So many new problems get cards of their own; the others are gathered in one card."""

STORM_ENDS = timedelta(minutes=10)
"""Without a new problem for so long a storm is over: later ones are gathered in a new card, which rings."""


class Severity(StrEnum):
    WARNING = "warning"
    CRITICAL = "critical"  # production is down, or about to be


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What a watcher finds wrong now. `fingerprint` is the same as long as it is the same problem, such as
    `down/app`; `title` is short, without the project's name; `what` is what happened, `production` in what
    state production is, `advice` what to do next; `details` are lines with figures or log lines, without
    secrets. `service` is the name of the container's service, where it is about one. `more` is how often it
    happened since the last time it was told, besides the first."""

    fingerprint: str
    severity: Severity
    title: str
    what: str
    production: str
    advice: str
    service: str | None = None
    details: list[str] = field(default_factory=list)
    more: int = 0


@dataclass(frozen=True, kw_only=True)
class Alert:
    """A problem over its life. `watcher` is who tells of it; `times` counts how often it came; from `over_at`
    on it is over. Since `acknowledged_at` Master sees to it; until `snoozed_until` no reminder is wanted."""

    id: AlertId
    project_id: ProjectId
    watcher: str
    problem: Problem
    began_at: datetime
    last_at: datetime
    times: int
    over_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    snoozed_until: datetime | None
    snoozed_by: str | None
    told_at: datetime | None = None
    storm_id: StormId | None = None
    note: str | None = None
    noted_at: datetime | None = None

    @property
    def open(self) -> bool:
        return self.over_at is None

    @property
    def critical(self) -> bool:
        return self.problem.severity is Severity.CRITICAL

    def attended(self, now: datetime) -> bool:
        """Nobody needs to be reminded of it."""
        return self.acknowledged_at is not None or self.snoozed(now)

    def snoozed(self, now: datetime) -> bool:
        return self.snoozed_until is not None and self.snoozed_until > now


@dataclass(frozen=True, kw_only=True)
class Storm:
    """Problems that share one card. Of `alerts`, its worst ones first, not all need be here: `total` counts
    them, `open` and `critical` those that last, `unattended` those that nobody sees to."""

    id: StormId
    project_id: ProjectId
    began_at: datetime
    last_at: datetime
    over_at: datetime | None
    total: int
    open: int
    critical: int
    unattended: int
    alerts: list[Alert]


class Why(StrEnum):
    BACK = "back"
    CRITICAL = "critical"  # it has become so
    REMINDER = "reminder"


@dataclass(frozen=True, kw_only=True)
class Nudge:
    """A message that makes the phone ring for a card that is there already. `stands`: it is the newest one
    of its card, and Master has not seen to it."""

    id: NudgeId
    alert_id: AlertId | None
    storm_id: StormId | None
    why: Why
    made_at: datetime
    stands: bool


def cards_of_their_own(lately: int, own: int, fresh: int) -> int:
    """How many of `fresh` new problems get a card each. `lately` were told within the last minute, gathered
    ones too, so that a storm that goes on stays one; `own` got a card of their own within the last hour."""
    return min(max(min(IN_A_MINUTE - lately, IN_AN_HOUR - own), 0), fresh)
