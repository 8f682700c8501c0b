"""A plan: what a run will do to production, and the hash that an approval is bound to."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache

from pydantic import TypeAdapter

from pipeline.model.release import ApprovalId, BackupId, RunId, short_name
from pipeline.model.results import BackedUp, CommitLine, Rehearsed, Tested
from pipeline.model.states import ApprovalState, RunKind

_TOO_SHORT_TO_REMIND = timedelta(minutes=3)


@dataclass(frozen=True, kw_only=True)
class Side:
    """One of the two releases of a plan: what serves now, or what will."""

    sha: str | None
    branch: str | None
    images: dict[str, str]
    compose_hash: str | None
    schema_revision: str | None = None
    since: datetime | None = None

    @property
    def short_sha(self) -> str:
        return short_name(self.sha, self.images)


@dataclass(frozen=True, kw_only=True)
class PlannedChecks:
    """Names of the checks that the smoke test will make, of those that it makes where the application offers
    them, and of those that are left out."""

    required: list[str]
    if_offered: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class TableChange:
    """Rows of a table in a backup and now; None where there was no such table."""

    name: str
    then: int | None
    now: int | None


@dataclass(frozen=True, kw_only=True)
class Restoring:
    """What a restore puts in the place of the database.

    `backup_id` is None where an undo puts the database from before a restore back, which is `database` then.
    What was written between `taken_at` and `until` is not in it; `changes` are the tables that differ, None
    where that is not known. `release` is the commit that served when the data was kept.
    """

    backup_id: BackupId | None
    database: str
    taken_at: datetime
    until: datetime
    bytes: int
    sha256: str | None
    release: str | None
    safety_id: BackupId | None
    kept_as: str
    changes: list[TableChange] | None = None


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Everything the plan card shows. `downtime_seconds` is what the last switch took, if there was one.

    `image_bytes` and `live_image_bytes` are sums over the switched services. `schema` says, of a rollback,
    what becomes of a schema that has moved since, where the release that is left declares it.
    `compose_changes` names keys of the compose file that differ from the live one's, never values; None where
    that is not known.
    """

    run_id: RunId
    kind: RunKind
    project: str
    live: Side | None
    goal: Side
    subject: str
    services: list[str]
    migration: list[str] | None = None
    commits: list[CommitLine] = field(default_factory=list)
    commit_count: int = 0
    tests: Tested | None = None
    backup: BackedUp | None = None
    image_bytes: int = 0
    live_image_bytes: int | None = None
    downtime_seconds: float | None = None
    warnings: list[str] = field(default_factory=list)
    checks: PlannedChecks | None = None
    restore: Restoring | None = None
    rehearsed: Rehearsed | None = None
    schema: str | None = None
    compose_changes: list[str] | None = None

    @property
    def hash(self) -> str:
        """SHA-256 over what must still hold when Master answers: both sides, services, migration, backup.

        The order in which services are told does not count: jsonb keeps none.
        """
        bound: tuple[object, ...] = (
            *(self.kind, self.project, self.live, self.goal, self.services, self.migration),
            *((self.restore,) if self.restore else ()),
        )
        plain = TypeAdapter(tuple).dump_python(bound, mode="json")
        return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()

    def to_json(self) -> str:
        return _adapter().dump_json(self).decode()

    @staticmethod
    def from_json(text: str) -> Plan:
        return _adapter().validate_json(text)


@cache
def _adapter() -> TypeAdapter[Plan]:
    """Made when it is first needed: that takes as long as importing all the rest."""
    return TypeAdapter(Plan)


@dataclass(frozen=True, kw_only=True)
class Approval:
    """Master's answer to a plan at the gate. `nonce` is what a tap carries; it works once.

    `reason` is Master's: why it was rejected, or approved despite a freeze. `what_changed` says why it was
    voided or superseded, and `newer_sha` which commit took its place.
    """

    id: ApprovalId
    run_id: RunId
    plan: Plan
    plan_hash: str
    nonce: str
    state: ApprovalState
    requested_at: datetime
    expires_at: datetime
    answered_by: str | None
    answered_at: datetime | None
    reason: str | None = None
    despite_freeze: bool = False
    what_changed: str | None = None
    newer_sha: str | None = None
    postponed_by: str | None = None
    postponed_at: datetime | None = None

    @property
    def remind_at(self) -> datetime | None:
        """A fifth of the time before it expires, a minute at least; None where the time is too short."""
        waits = (self.expires_at - self.requested_at) / (2 if self.postponed_at else 1)
        if waits < _TOO_SHORT_TO_REMIND:
            return None
        return self.expires_at - max(waits / 5, timedelta(minutes=1))


def rejection(by: str | None, reason: str | None) -> str:
    """Why a run was rejected, as a sentence."""
    who = by or "unknown"
    return f"{who} rejected the plan: {reason}" if reason else f"{who} rejected the plan."


def left_waiting(what: str | None) -> str:
    """Why a plan is void whose run ended before anybody answered it; `what` ended the run, as a sentence."""
    return f"The run ended while its plan waited: {what}" if what else "The run ended while its plan waited."
