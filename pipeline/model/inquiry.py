"""An inquiry: what the bot wants of production and only the worker can see or do, and what it was told."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import NewType

from pipeline.model.alert import AlertId
from pipeline.model.plan import Plan
from pipeline.model.release import ProjectId

InquiryId = NewType("InquiryId", int)

MOST_LINES = 2000
MOST_CHARACTERS = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class LogsWanted:
    """The newest `lines` of a service. With `file` the whole text is sent too where a card cannot hold it."""

    service: str
    lines: int
    file: bool = False


@dataclass(frozen=True, kw_only=True)
class PlanWanted:
    """What a deploy of `target` would do now, without a run."""

    target: str


@dataclass(frozen=True, kw_only=True)
class PlanFound:
    """`compose_changes` names keys, never values; None where nothing serves yet. `tests` tells whether the
    project declares any."""

    plan: Plan
    compose_changes: list[str] | None
    tests: bool


@dataclass(frozen=True, kw_only=True)
class LogsFound:
    """Oldest line first. `left_out`: there were more among those that were wanted than may be handed on.
    `older`: there may be older ones than those that were wanted."""

    lines: list[str]
    left_out: bool = False
    older: bool = False


@dataclass(frozen=True, kw_only=True)
class NotFound:
    """Why there is no answer, and what to do; `services` are those there are, where another was named."""

    what: str
    advice: str
    services: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class RestartWanted:
    """Stop and start a service's containers, the same release. `by` is who wants it, `alert` the alert on
    whose card it was asked for."""

    service: str
    by: str
    alert: AlertId | None = None


@dataclass(frozen=True, kw_only=True)
class Restarted:
    """`well`: it runs again, and is healthy where it has a health check. `said`: how it is, a
    sentence."""

    service: str
    well: bool
    said: str


Wanted = LogsWanted | PlanWanted | RestartWanted
Found = LogsFound | PlanFound | Restarted | NotFound


@dataclass(frozen=True, kw_only=True)
class Inquiry:
    """`message` is the message in `chat` that the answer takes the place of, None for a new one; that goes to
    its `topic`, if any."""

    id: InquiryId
    project_id: ProjectId
    chat: int
    topic: int | None
    message: int | None
    wanted: Wanted
    asked_at: datetime
    taken_at: datetime | None
    answered_at: datetime | None
    answer: Found | None
