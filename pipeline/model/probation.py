"""A probation: the watch after a switch, what was seen in it, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType

from pipeline.model.release import ProjectId, ReleaseId, RunId

ProbationId = NewType("ProbationId", int)

BY = "the probation"
"""Who asked for a way back, and approved it, where no person did."""

SILENCE = timedelta(days=1)
"""For how long the release stays before it is told that nobody answered."""


class ProbationState(StrEnum):
    WATCHING = "watching"
    PASSED = "passed"
    FAILED = "failed"  # the release is clearly not well
    INCONCLUSIVE = "inconclusive"  # something is odd, or too little was seen
    SUPERSEDED = "superseded"  # another release, or other data, was put into production meanwhile


class WayOut(StrEnum):
    """What follows a probation that did not pass."""

    REVERT = "revert"  # the release from before comes back by itself
    ASK = "ask"


class Decision(StrEnum):
    """What was decided on a probation that asks."""

    KEEP = "keep"
    REVERT = "revert"  # a rollback was asked for
    SILENCE = "silence"  # nobody answered for a day: it stays
    OVERTAKEN = "overtaken"  # another release, or other data, was put into production meanwhile


def short_image(image: str) -> str:
    """Enough of an image's id to tell it from others."""
    return image.removeprefix("sha256:")[:12]


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One container at one look. `restarts` is Docker's own count, since the container was made; `image` is
    as short_image gives it."""

    running: bool
    health: str | None = None
    restarts: int = 0
    started_at: datetime | None = None
    exit_code: int | None = None
    image: str | None = None

    @property
    def well(self) -> bool:
        return self.running and self.health in (None, "healthy")

    @property
    def ill(self) -> bool:
        """A container whose health check has not answered yet is neither well nor ill."""
        return not self.running or self.health == "unhealthy"


@dataclass(frozen=True, kw_only=True)
class Response:
    """What the health endpoint gave. `ms` is None where no answer came; `said` is empty where it was well."""

    ok: bool
    ms: int | None = None
    said: str = ""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """What was seen at one look, and what happened since the look before: OOM kills and changes to unhealthy
    by service, and log lines that tell of errors (None where they could not be read), `error` the first.
    `stopped` are services that somebody stopped by hand.

    `unknown` says why nothing could be seen: the worker or Docker was away or slow.
    """

    at: datetime
    unknown: str | None = None
    services: dict[str, Seen] = field(default_factory=dict)
    oom: dict[str, int] = field(default_factory=dict)
    flaps: dict[str, int] = field(default_factory=dict)
    stopped: list[str] = field(default_factory=list)
    response: Response | None = None
    errors: int | None = None
    error: str = ""


@dataclass(frozen=True, kw_only=True)
class Figures:
    """How a release does when it is let alone: errors in its log over so many minutes, and answers of its
    health endpoint, in milliseconds. None where that was not seen."""

    minutes: float
    errors: int | None = None
    answers: int = 0
    median_ms: int | None = None
    p95_ms: int | None = None


@dataclass(frozen=True, kw_only=True)
class Watched:
    """What a probation goes by, from its beginning. `services` are the critical ones, all well as the run
    ended, `others` those that were well besides. `grace` is how long a service has to be well again once
    nobody could look."""

    every: timedelta
    startup_wait: timedelta
    grace: timedelta
    services: list[str]
    others: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """`evidence` are sentences: why it is not passed; `notes` are worth to be told with it."""

    state: ProbationState
    evidence: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Probation:
    """`release_id` is what is watched, `previous_release_id` what served before the run. `way` is what
    follows where it did not pass, `why_ask` why it does not go back by itself. `revert_run_id` is the run
    that was asked for, by itself or by who answered."""

    id: ProbationId
    project_id: ProjectId
    run_id: RunId
    release_id: ReleaseId
    previous_release_id: ReleaseId | None
    began_at: datetime
    until_at: datetime
    watched: Watched
    state: ProbationState
    baseline: Figures | None = None
    figures: Figures | None = None
    evidence: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    ended_at: datetime | None = None
    way: WayOut | None = None
    why_ask: str | None = None
    revert_run_id: RunId | None = None
    decision: Decision | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None

    @property
    def critical(self) -> bool:
        """Whether production is not well and nobody sees to it by itself."""
        return self.state is ProbationState.FAILED and self.way is WayOut.ASK

    @property
    def asks(self) -> bool:
        """Whether Master is to say if the release stays."""
        return self.way is WayOut.ASK and self.decision is None
