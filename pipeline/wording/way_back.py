"""The question before a rollback where the schema moved: only the code, or the data too? HTML, pure."""

from __future__ import annotations

from datetime import datetime

from pipeline.model.move import Move, WaysBack
from pipeline.wording.markup import GAP, code, joined, line
from pipeline.wording.words import ANSWER_WANTED, day, named, size, span

CODE_ONLY = "Code only"
WITH_DATA = "Code + data"


def question(ways: WaysBack, now: datetime) -> str:
    """What each way does, and what would be lost."""
    return joined(
        f"{ANSWER_WANTED} <b>Only the code, or the data of then too?</b>",
        GAP,
        _moved(ways),
        GAP,
        _code_only(ways),
        GAP,
        _with_data(ways, now),
        "\nNothing happens yet: the plan follows, says which tables differ, and asks.",
    )


def _moved(ways: WaysBack) -> str:
    release = f"release {code(named(ways.goal))} ({ways.goal.id})"
    then, at = (
        f"at {line(revision, 60)}" if revision else "not known"
        for revision in (ways.goal.schema_revision, ways.now)
    )
    match ways.move:
        case Move.NONE:
            return f"The schema is {at}, as {release} left it."
        case Move.HARMLESS:
            said = "all releases since declare their migrations harmless to the code before"
        case Move.DOWN:
            said = "the release that serves declares a down migration"
        case Move.DATA:
            said = "nothing declares that this is harmless, or how it is undone"
    return f"The schema moved since {release}: it was {then} and is {at} now; {said}."


def _code_only(ways: WaysBack) -> str:
    match ways.move:
        case Move.DATA:
            does = (
                "the release comes back, the data stays. See that its code can work with the schema of now."
            )
        case Move.DOWN:
            does = "the release comes back and the schema goes down; the rest of the data stays."
        case Move.NONE | Move.HARMLESS:
            does = "the release comes back, the data stays."
    return f"<b>{CODE_ONLY}</b>: {does}"


def _with_data(ways: WaysBack, now: datetime) -> str:
    backup = ways.backup
    if backup is None:
        return f"<b>{WITH_DATA}</b> is not offered: no backup is kept of the data that this release left."
    since = f"{day(backup.created_at)}, {span(now - backup.created_at)} ago"
    return (
        f"<b>{WITH_DATA}</b>: backup {backup.id} ({size(backup.bytes)}) comes back, too."
        f" <b>Everything written since {since}, would be gone from the database.</b> The database of now is"
        " kept beside it, so that it can be undone."
    )
