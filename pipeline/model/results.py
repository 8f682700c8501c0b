"""What each stage leaves in the journal: enough to go on from, to report and to show on a card."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

import pydantic_core
from pydantic import TypeAdapter

from pipeline.model.release import BackupId, ReleaseId
from pipeline.model.states import StageName
from pipeline.model.tried import CheckLine as CheckLine
from pipeline.model.tried import Tried as Tried


@dataclass(frozen=True, kw_only=True)
class CommitLine:
    sha: str
    author: str
    subject: str


@dataclass(frozen=True, kw_only=True)
class Pulled:
    """`commits` are those since the live release, newest first, at most twenty of `commit_count`;
    `committed_at` are their commit times, in the same order, None of a run from before they were kept.

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
    committed_at: list[datetime] | None = None


@dataclass(frozen=True, kw_only=True)
class BackedUp:
    """`previous_bytes` is the size of the backup before it of the same database. `plain` is a copy that is
    not encrypted, until the run ends, where the kept one is and no key to open it is at hand. `chat` says why
    the file is not sent to the chat where that was wanted.
    """

    backup_id: BackupId | None
    path: str | None
    bytes: int
    sha256: str | None
    note: str | None = None
    previous_bytes: int | None = None
    plain: str | None = None
    chat: str | None = None


@dataclass(frozen=True, kw_only=True)
class Tested:
    """`coverage`, `threshold` and `live_coverage` in percent. `ran` is false where the project declares no
    tests. `suites` counts the tests of each where they have names; `coverage_html` is a path on the worker's
    disk; `note` says what could not be done.
    """

    ran: bool
    tests: int
    failures: list[str] = field(default_factory=list)
    coverage: float | None = None
    threshold: float | None = None
    skipped: int = 0
    suites: dict[str, int] = field(default_factory=dict)
    live_coverage: float | None = None
    coverage_html: str | None = None
    note: str | None = None


@dataclass(frozen=True, kw_only=True)
class Built:
    """Image ids by service and the sum of their sizes in bytes; `live_bytes` is the size of what serves now.

    `steps` counts those that make a layer, `cached` how many of them the builder had already; both 0 where
    nothing was built, only pulled.
    """

    images: dict[str, str]
    bytes: int
    live_bytes: int | None
    version: str
    steps: int = 0
    cached: int = 0


@dataclass(frozen=True, kw_only=True)
class Tagged:
    """`down_to` is the schema's revision that a rollback takes the data down to, None where it stays."""

    release_id: ReleaseId
    compose_hash: str
    down_to: str | None = None


@dataclass(frozen=True, kw_only=True)
class Rehearsed:
    """The migration on a copy of the database: the seconds that it took there, and the schema's revision
    before and after. `revisions` are the migrations that the live release has not, by path. `note` says why
    it did not run; `hindered` that it was to and could not.
    """

    ran: bool
    seconds: float | None = None
    before: str | None = None
    after: str | None = None
    note: str | None = None
    revisions: list[str] = field(default_factory=list)
    hindered: bool = False


@dataclass(frozen=True, kw_only=True)
class Approved:
    """`despite_freeze`: it was approved although a freeze held, for `reason` where one was given."""

    by: str
    at: datetime
    despite_freeze: bool = False
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class HandedOver:
    """The numbers of the newest migration of the journal before it and since; `stopped` are the services that
    had to stop before it was migrated, for their code cannot work with what it became."""

    before: int
    after: int
    stopped: list[str] = field(default_factory=list)


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
    """`release_id` is the release that serves again; `up_to` the revision that the schema was migrated to
    again, None where it had not gone down."""

    release_id: ReleaseId
    checks: list[CheckLine]
    up_to: str | None = None


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What is to be restored: a backup by its id and file, or, for an undo, the kept `database`.

    `taken_at` is the moment that its data is of, `release` the commit that served then. `proven`: it has a
    manifest to be compared with.
    """

    backup_id: BackupId | None
    path: str | None
    database: str | None
    bytes: int
    sha256: str | None
    taken_at: datetime
    release: str | None
    proven: bool
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """`database` is ready to take the live one's name, which is kept as `kept_as` then; `tables` and `rows`
    were compared with the manifest, None where there is none."""

    database: str
    kept_as: str
    tables: int | None
    rows: int | None


@dataclass(frozen=True, kw_only=True)
class Swapped:
    """`kept_as` is the database of before, whole."""

    database: str
    kept_as: str


@dataclass(frozen=True, kw_only=True)
class Proved:
    """The backup was restored aside and is what its manifest says; its `indexes` were checked against their
    tables, None where the server's image has no amcheck. `seconds` is what all of it took; `note` says what
    could not be done."""

    backup_id: BackupId
    tables: int
    rows: int
    indexes: int | None
    seconds: float
    note: str | None = None


Result = (
    Pulled
    | BackedUp
    | Tested
    | Built
    | Tagged
    | Approved
    | HandedOver
    | Stopped
    | Migrated
    | Rehearsed
    | Started
    | Waited
    | Smoked
    | Reported
    | Reverted
    | Checked
    | Prepared
    | Swapped
    | Proved
    | Tried
)

_TYPES: dict[StageName, type[Any]] = {
    StageName.PULL: Pulled,
    StageName.BACKUP: BackedUp,
    StageName.TEST: Tested,
    StageName.BUILD: Built,
    StageName.TAG: Tagged,
    StageName.REHEARSE: Rehearsed,
    StageName.APPROVE: Approved,
    StageName.HAND_OVER: HandedOver,
    StageName.STOP: Stopped,
    StageName.MIGRATE: Migrated,
    StageName.START: Started,
    StageName.WAIT: Waited,
    StageName.SMOKE: Smoked,
    StageName.REPORT: Reported,
    StageName.REVERT: Reverted,
    StageName.CHECK: Checked,
    StageName.PREPARE: Prepared,
    StageName.SWAP: Swapped,
    StageName.PROVE: Proved,
    StageName.TRIAL: Tried,
}


@cache
def _adapter(stage: StageName) -> TypeAdapter[Any]:
    """Kept, for making one takes longer than writing a result to the journal."""
    return TypeAdapter(_TYPES[stage])


def to_json(result: Result) -> str:
    return pydantic_core.to_json(result).decode()


def from_json(stage: StageName, text: str) -> Result:
    result: Result = _adapter(stage).validate_json(text)
    return result
