"""Commits as they are told to Master."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from pipeline.source.refs import plain

FORMAT = "%H%x00%an%x00%ct%x00%s"
"""For `git log -z`: four fields a commit, each ended by a NUL, which no commit can hold."""

_FIELDS = 4


@dataclass(frozen=True)
class Commit:
    """`author` and `subject` are one line each, without control characters, but not escaped for HTML.
    `when` is the commit time in UTC."""

    sha: str
    author: str
    when: datetime
    subject: str


@dataclass(frozen=True)
class Commits:
    """The newest `commits` of `total` that the target has and the other side has not. `dropped` counts
    those the target would lose. `unrelated`: the other side is unknown or shares no history, and
    everything the target has is counted."""

    commits: tuple[Commit, ...]
    total: int
    unrelated: bool = False
    dropped: int = 0


def parse_log(output: bytes) -> tuple[Commit, ...]:
    fields = output.split(b"\0")
    whole = range(0, len(fields) - _FIELDS + 1, _FIELDS)
    return tuple(_commit(*fields[start : start + _FIELDS]) for start in whole)


def _commit(sha: bytes, author: bytes, when: bytes, subject: bytes) -> Commit:
    return Commit(sha.decode(), plain(author), _moment(when), plain(subject))


def _moment(seconds: bytes) -> datetime:
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, UTC)
