"""Releases: what serves, what served, what will serve."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import NewType

ProjectId = NewType("ProjectId", int)
RunId = NewType("RunId", int)
ReleaseId = NewType("ReleaseId", int)
BackupId = NewType("BackupId", int)
ApprovalId = NewType("ApprovalId", int)
QuestionId = NewType("QuestionId", int)


class Undoing(StrEnum):
    """What a release declares of its migrations, for the way back from it (x-pipeline.migrate)."""

    HARMLESS = "harmless"  # the code before works with the schema after
    DOWN = "down"  # a command takes the schema back


@dataclass(frozen=True, kw_only=True)
class Project:
    """One application: its repository, branch and compose file, and which release serves.

    `schema_revision` is what the last run that switched or restored left behind, None where that is not
    known.
    """

    id: ProjectId
    name: str
    repository: str
    branch: str
    live_release_id: ReleaseId | None
    previous_release_id: ReleaseId | None
    schema_revision: str | None = None


def short_name(sha: str | None, images: Mapping[str, str]) -> str:
    """The seven characters people read, of the image's id where the commit is not known."""
    return (sha or next(iter(images.values()), "unknown").removeprefix("sha256:"))[:7]


@dataclass(frozen=True, kw_only=True)
class Release:
    """A version that can be put into production again, byte for byte.

    `images` maps a compose service to an image id (`sha256:…`); `compose_file` is the path of the kept
    compose file, `compose_hash` the SHA-256 of that file resolved with the images pinned. After `pruned_at`
    its images and its file are gone. `undoing` is None where nothing is declared.
    """

    id: ReleaseId
    project_id: ProjectId
    run_id: RunId | None
    sha: str | None
    branch: str | None
    images: dict[str, str]
    compose_file: str
    compose_hash: str
    schema_revision: str | None
    backup_id: BackupId | None
    created_at: datetime
    live_since: datetime | None
    pruned_at: datetime | None = None
    undoing: Undoing | None = None

    @property
    def kept_compose_file(self) -> Path:
        return Path(self.compose_file)

    @property
    def image_tag(self) -> str:
        """Keeps the release's images from being pruned as nameless, and tells people what they are."""
        return f"{self.sha[:12] if self.sha else self.short_sha}-r{self.id}"

    @property
    def short_sha(self) -> str:
        return short_name(self.sha, self.images)


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What can be gone back to, besides what is live; `others` served too, newest first."""

    live: Release | None = None
    previous: Release | None = None
    others: list[Release] = field(default_factory=list)

    @property
    def all(self) -> list[Release]:
        """Live and previous first."""
        return [*(release for release in (self.live, self.previous) if release), *self.others]


@dataclass(frozen=True, kw_only=True)
class Backup:
    """A dump on disk. `bytes` is the size of the file, `sha256` its hex digest; `manifest_sha256` that of the
    manifest beside it, None for a backup of before there were any. `release` is the commit that served.
    `pruned_at` is when its files were given up for their age, `proven_at` when a drill last brought it back
    whole. From `quarantined_at` on it counts as not usable, because of `problem`. `copied_at` is when a whole
    copy was found off site, `copy_problem` why there was none at the last try.
    `schema_revision` is that of the data."""

    id: BackupId
    project_id: ProjectId
    run_id: RunId | None
    database: str
    path: str
    bytes: int
    sha256: str
    created_at: datetime
    manifest_sha256: str | None = None
    release: str | None = None
    pruned_at: datetime | None = None
    proven_at: datetime | None = None
    quarantined_at: datetime | None = None
    problem: str | None = None
    copied_at: datetime | None = None
    copy_problem: str | None = None
    schema_revision: str | None = None


@dataclass(frozen=True, kw_only=True)
class ServiceState:
    """What a look at one service's container showed. `health` is None where there is no health check."""

    service: str
    container: str | None
    image: str | None
    running: bool
    health: str | None
    restarts: int
    started_at: datetime | None

    @property
    def well(self) -> bool:
        return self.running and self.health in (None, "healthy")


@dataclass(frozen=True, kw_only=True)
class TokenBudget:
    """What the application says of its tokens of the current day."""

    used: int
    limit: int


@dataclass(frozen=True, kw_only=True)
class Observation:
    """What the worker last saw of production, for /status. Disk and memory are shares from 0 to 1.
    `tokens` is None where the application does not tell."""

    at: datetime
    worker: str
    services: list[ServiceState] = field(default_factory=list)
    disk_free: float | None = None
    memory_available: float | None = None
    problem: str | None = None
    tokens: TokenBudget | None = None
