"""An alert: something that wants Master, as long as it lasts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType

from pipeline.model.release import ProjectId

AlertId = NewType("AlertId", int)

BACK_WITHIN = timedelta(hours=1)
"""A problem that comes back so soon is the same alert: what comes and goes is told once."""


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
