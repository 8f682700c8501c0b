"""What checks found, and a release that was tried on a copy."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from pipeline.model.release import BackupId, ReleaseId


@dataclass(frozen=True, kw_only=True)
class CheckLine:
    """`judged` is false of a check that was left out or that the application does not offer."""

    name: str
    ok: bool
    figure: str
    limit: str
    detail: str
    judged: bool = True


@dataclass(frozen=True, kw_only=True)
class Tried:
    """The way back works: release `release_id` was started on a copy of the data of `taken_at`, which is
    that of the backup. `schema` is the revision it was started on, None where nobody tells one; `with_data`:
    only the data of then fits that release for certain. `start_seconds` is from the start until it was
    healthy, `seconds` what all of it took. `cut` says what the copy did without."""

    release_id: ReleaseId
    commit: str
    backup_id: BackupId
    taken_at: datetime
    schema: str | None
    with_data: bool = False
    start_seconds: float
    seconds: float
    checks: list[CheckLine]
    cut: list[str] = field(default_factory=list)
