"""The question before a rollback where the schema moved: only the code, or the data too? HTML, pure."""

from __future__ import annotations

from datetime import datetime

from pipeline.model.move import Move, WaysBack
from pipeline.model.results import CheckLine, Tried
from pipeline.wording.markup import GAP, code, joined, line
from pipeline.wording.words import ANSWER_WANTED, day, exactly, named, size, span

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


def works(tried: Tried) -> list[str]:
    """What a rollback drill has shown, and without what."""
    schema = f", schema {line(tried.schema, 60)}" if tried.schema else ""
    return [
        f"The way back to {code(tried.commit)} works: started in {exactly(tried.start_seconds)},"
        f" {_passed(tried.checks)} passed, on the data of {day(tried.taken_at)} (backup"
        f" {tried.backup_id}{schema}).",
        *([_NEEDS_DATA] if tried.with_data else []),
        "The copy reached nothing but itself.",
        *([f"It did without: {line('; '.join(tried.cut), 700)}."] if tried.cut else []),
    ]


_NEEDS_DATA = (
    "It needs the data of then, too (Code + data): what was written since would be gone from the database."
)


def _passed(checks: list[CheckLine]) -> str:
    count = sum(check.judged and check.ok for check in checks)
    return f"{count} check{'' if count == 1 else 's'}"
