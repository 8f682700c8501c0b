"""A push: a commit seen on the watched branch, what is told of it, and the prompt that asks about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType

from pipeline.model.ci import Ci
from pipeline.model.release import ProjectId, RunId
from pipeline.model.results import CommitLine
from pipeline.model.states import PushState

PushId = NewType("PushId", int)
PromptId = NewType("PromptId", int)


class PushMode(StrEnum):
    """What a push brings (PUSH_MODE)."""

    PROMPT = "prompt"
    AUTO = "auto"  # its run is asked for at once, and waits at the approval as always
    OFF = "off"


@dataclass(frozen=True, kw_only=True)
class PushedCommit(CommitLine):
    """`when` is the commit time; None where it was kept before that was."""

    when: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class PushFacts:
    """What a push brings since the live release, or since the push before where nothing is live.

    `files` are some of the `file_count` paths that differ, as are `migrations` of `migration_count`; both
    counts are None where that is not known. `declared` tells whether the project said which files are
    migrations; otherwise common places were looked at. `lost` counts commits that were on the branch and are
    gone since it was `rewritten`, None where that is not known; `live_lost` tells whether the live one was
    among them.
    """

    commit_count: int = 0
    file_count: int | None = None
    files: list[str] = field(default_factory=list)
    migration_count: int | None = None
    migrations: list[str] = field(default_factory=list)
    declared: bool = False
    dockerfile: bool = False
    compose_file: bool = False
    rewritten: bool = False
    lost: int | None = 0
    live_lost: bool = False


@dataclass(frozen=True, kw_only=True)
class Push:
    """A commit seen on the watched branch; `commits` are newest first. `prompt` shows it and gathers so
    many pushes; `facts` are None where it never was in one."""

    id: PushId
    project_id: ProjectId
    branch: str
    sha: str
    state: PushState
    commits: list[PushedCommit]
    seen_at: datetime
    answered_at: datetime | None
    run_id: RunId | None
    prompt: PromptId | None = None
    gathered: int = 1
    facts: PushFacts | None = None
    ci: Ci | None = None


@dataclass(frozen=True, kw_only=True)
class Mute:
    """So long no prompt comes. `until` is None where it lasts until somebody ends it."""

    began_at: datetime
    began_by: str
    until: datetime | None
    ended_at: datetime | None = None
    ended_by: str | None = None
