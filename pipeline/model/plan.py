"""A plan: what a run will do to production, and the hash that an approval is bound to."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import TypeAdapter

from pipeline.model.release import ApprovalId, RunId, short_name
from pipeline.model.results import BackedUp, CommitLine, Tested
from pipeline.model.states import ApprovalState, RunKind


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
class Plan:
    """Everything the plan card shows. `downtime_seconds` is what the last switch took, if there was one.

    `image_bytes` and `live_image_bytes` are sums over the switched services.
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

    @property
    def hash(self) -> str:
        """SHA-256 over what must still hold when Master answers: both sides, services and migration.

        The order in which services are told does not count: jsonb keeps none.
        """
        bound = (self.kind, self.project, self.live, self.goal, self.services, self.migration)
        plain = TypeAdapter(tuple).dump_python(bound, mode="json")
        return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()

    def to_json(self) -> str:
        return _PLAN.dump_json(self).decode()

    @staticmethod
    def from_json(text: str) -> Plan:
        return _PLAN.validate_json(text)


_PLAN = TypeAdapter(Plan)


@dataclass(frozen=True, kw_only=True)
class Approval:
    """Master's answer to a plan at the gate. `nonce` is what a tap carries; it works once."""

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
