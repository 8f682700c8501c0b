"""Whether the schema moved since the release that is to come back, and what undoes the move. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from pipeline.model.release import Backup, Release, Undoing

_PLAIN = re.compile(r"[A-Za-z0-9_][\w.+-]{0,99}", re.ASCII)
"""A revision that may be given to a command: none of its options, and no expression such as head or -1."""
_RELATIVE = frozenset({"head", "heads", "base", "current"})


class Move(StrEnum):
    NONE = "none"
    HARMLESS = "harmless"  # the code of then works with the schema of now, it is declared
    DOWN = "down"  # the release that is left can take it back
    DATA = "data"  # only the data of then fits for certain


@dataclass(frozen=True, kw_only=True)
class WaysBack:
    """What a rollback from `live` to `goal` has to do with the data, as the journal knows it: `now` is the
    schema's revision, `backup` what holds the data that `goal` left, None where no such one is kept."""

    live: Release | None
    goal: Release
    now: str | None
    move: Move
    backup: Backup | None

    @property
    def asks(self) -> bool:
        """Whether a person has to say if the data of then is to come back."""
        return self.move is Move.DATA


def move(*, goal: Release, live: Release | None, now: str | None, between: Sequence[str | None] = ()) -> Move:
    """`now` is the schema's revision, `between` what the releases between the two declare.

    What a release declares is of its own migrations, so it says nothing of a way to a newer release, and
    harmless is only what all releases on the way say of theirs.
    """
    if now == goal.schema_revision:
        return Move.NONE
    if live is None or goal.id > live.id:
        return Move.DATA
    if live.undoing is Undoing.HARMLESS and all(word == Undoing.HARMLESS for word in between):
        return Move.HARMLESS
    if live.undoing is Undoing.DOWN and now is not None and _may_be_gone_to(goal.schema_revision):
        return Move.DOWN
    return Move.DATA


def _may_be_gone_to(revision: str | None) -> bool:
    return bool(revision and _PLAIN.fullmatch(revision)) and revision not in _RELATIVE
