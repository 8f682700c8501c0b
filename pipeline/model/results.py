"""What each stage leaves in the journal: enough to go on from, to report and to show on a card."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter

from pipeline.model.release import BackupId, ReleaseId
from pipeline.model.states import StageName


@dataclass(frozen=True, kw_only=True)
class CommitLine:
    sha: str
    author: str
    subject: str


@dataclass(frozen=True, kw_only=True)
class Pulled:
    """`commits` are those since the live release, newest first, at most twenty of `commit_count`.

    `dropped` counts commits of the live release that this one has not; `submodules` were not exported.
    """

    sha: str
    branch: str | None
    subject: str
    source: str
    commits: list[CommitLine] = field(default_factory=list)
    commit_count: int = 0
    unrelated: bool = False
    dropped: int = 0
    submodules: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class BackedUp:
    backup_id: BackupId | None
    path: str | None
    bytes: int
    sha256: str | None
    note: str | None = None


@dataclass(frozen=True, kw_only=True)
class Tested:
    """`coverage` and `threshold` in percent. `ran` is false where the project declares no tests."""

    ran: bool
    tests: int
    failures: list[str] = field(default_factory=list)
    coverage: float | None = None
    threshold: float | None = None


@dataclass(frozen=True, kw_only=True)
class Built:
    """Image ids and sizes in bytes by service; `live_bytes` is the size of what serves now."""

    images: dict[str, str]
    bytes: int
    live_bytes: int | None
    version: str


@dataclass(frozen=True, kw_only=True)
class Tagged:
    release_id: ReleaseId
    compose_hash: str


@dataclass(frozen=True, kw_only=True)
class Approved:
    by: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Stopped:
    services: list[str]


@dataclass(frozen=True, kw_only=True)
class Migrated:
    ran: bool
    before: str | None = None
    after: str | None = None


@dataclass(frozen=True, kw_only=True)
class Started:
    images: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Waited:
    """Seconds until each service was healthy; `unwell` are services that are not critical."""

    seconds: dict[str, float]
    unwell: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class CheckLine:
    name: str
    ok: bool
    figure: str
    limit: str
    detail: str


@dataclass(frozen=True, kw_only=True)
class Smoked:
    checks: list[CheckLine]
    attempts: int


@dataclass(frozen=True, kw_only=True)
class Reported:
    """Where the report lies; `problem` where it could not be written, which changes nothing else."""

    text_path: str | None
    json_path: str | None
    problem: str | None = None


@dataclass(frozen=True, kw_only=True)
class Reverted:
    """`release_id` is the release that serves again."""

    release_id: ReleaseId
    checks: list[CheckLine]


Result = (
    Pulled
    | BackedUp
    | Tested
    | Built
    | Tagged
    | Approved
    | Stopped
    | Migrated
    | Started
    | Waited
    | Smoked
    | Reported
    | Reverted
)

_TYPES: dict[StageName, type[Any]] = {
    StageName.PULL: Pulled,
    StageName.BACKUP: BackedUp,
    StageName.TEST: Tested,
    StageName.BUILD: Built,
    StageName.TAG: Tagged,
    StageName.APPROVE: Approved,
    StageName.STOP: Stopped,
    StageName.MIGRATE: Migrated,
    StageName.START: Started,
    StageName.WAIT: Waited,
    StageName.SMOKE: Smoked,
    StageName.REPORT: Reported,
    StageName.REVERT: Reverted,
}


def to_json(result: Result) -> str:
    return TypeAdapter[Any](type(result)).dump_json(result).decode()


def from_json(stage: StageName, text: str) -> Result:
    result: Result = TypeAdapter[Any](_TYPES[stage]).validate_json(text)
    return result
