"""Which project a message or a tap is about, where there are several. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from aiogram.filters.callback_data import CallbackData

from bot.addressed import called
from bot.callbacks import (
    AgainTap,
    AlertBackTap,
    AlertTap,
    BackTap,
    CancelTap,
    HistoryTap,
    LinesTap,
    LogsTap,
    MuteTap,
    NewerTap,
    PlanTap,
    ProbationTap,
    ProveTap,
    PushTap,
    QuestionTap,
    ReleaseTap,
    RestartTap,
    RestoreTap,
    RunTap,
    SnoozeTap,
    StormTap,
    UndoRestoreTap,
    UndoTap,
)
from bot.handlers.approve import approval_words, rejection_words
from bot.known import is_number
from pipeline.model.release import ProjectId
from pipeline.store.belonging import Named, Row

ALL = "all"
"""Behind a command of these it means all projects; a project of that name goes first."""

_OF_ALL = frozenset({"status", "alerts", "pause", "resume"})

_LARGEST = 2**63 - 1


@dataclass(frozen=True, kw_only=True)
class Said:
    """A command without the project that was `named` behind it; `every` where that was the word all."""

    text: str
    named: ProjectId | None = None
    every: bool = False


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What tells of a project, each None where it tells of none: the row that its number names, the card that
    is replied to, and where it was said."""

    said: Said
    row: ProjectId | None = None
    replied: ProjectId | None = None
    here: ProjectId | None = None


def said(text: str, projects: Mapping[str, ProjectId]) -> Said:
    """`projects` by their names; upper and lower case are the same, for phones begin words with a capital."""
    command, words = called(text), text.split(maxsplit=2)
    if command is None or len(words) < 2:
        return Said(text=text)
    first = words[1].lower()
    project = projects.get(first)
    if project is None and not (first == ALL and command.name in _OF_ALL):
        return Said(text=text)
    rest = " ".join([words[0], *words[2:]])
    return Said(text=rest, named=project, every=project is None)


def about(facts: Facts) -> ProjectId | None:
    """A name goes first, then a number, the card replied to, and the place. None: it was not said."""
    if facts.said.named is not None:
        return facts.said.named
    if facts.row is not None:
        return facts.row
    if facts.said.every:
        return None
    return facts.here if facts.replied is None else facts.replied


def row_of_command(text: str) -> Named | None:
    """The row that a command names by its number; `text` is without a project's name."""
    command = called(text)
    if command is None:
        return None
    rest = "".join(text.split(maxsplit=1)[1:])
    match [command.name, *rest.lower().split()]:
        case ["approve", *_]:
            words = approval_words(rest)
            return _named(Row.RUN, words.run if words else None)
        case ["reject", *_]:
            return _named(Row.RUN, rejection_words(rest).run)
        case ["cancel" | "history", number] if is_number(number):
            return _named(Row.RUN, int(number))
        case ["restore" | "drill", number] if is_number(number):
            return _named(Row.BACKUP, int(number))
        case ["rollback", number] | ["drill", "rollback", number] if is_number(number):
            return _named(Row.RELEASE, int(number))
        case ["ack" | "snooze", number, *_] if is_number(number):
            return _named(Row.ALERT, int(number))
        case _:
            return None


def row_of_tap(data: str) -> Named | None:
    """The row that a button names."""
    kind = _ROWS.get(data.partition(":")[0])
    if kind is None:
        return None
    tap, row = kind
    try:
        return row(tap.unpack(data))
    except (TypeError, ValueError):  # of a form that is no longer in use
        return None


def _named(row: Row, number: int | None) -> Named | None:
    return Named(row, number) if number and 0 < number <= _LARGEST else None


def _numbered(row: Row, field: str) -> Callable[[CallbackData], Named | None]:
    return lambda tap: _named(row, getattr(tap, field))


def _with_nonce(row: Row, field: str) -> Callable[[CallbackData], Named | None]:
    return lambda tap: Named(row, nonce=getattr(tap, field))


ROWS_OF_TAPS: Mapping[type[CallbackData], Callable[[CallbackData], Named | None]] = {
    PlanTap: _with_nonce(Row.PLAN, "nonce"),
    QuestionTap: _with_nonce(Row.QUESTION, "nonce"),
    NewerTap: _numbered(Row.RUN, "run"),
    AgainTap: _numbered(Row.RUN, "run"),
    LogsTap: _numbered(Row.RUN, "run"),
    UndoRestoreTap: _numbered(Row.RUN, "run"),
    HistoryTap: _numbered(Row.RUN, "run"),
    RunTap: _numbered(Row.RUN, "run"),
    CancelTap: _numbered(Row.RUN, "run"),
    RestoreTap: _numbered(Row.BACKUP, "backup"),
    ProveTap: _numbered(Row.BACKUP, "backup"),
    BackTap: _numbered(Row.RELEASE, "goal"),
    AlertBackTap: _numbered(Row.RELEASE, "goal"),
    UndoTap: _numbered(Row.RELEASE, "release"),
    ReleaseTap: _numbered(Row.RELEASE, "release"),
    PushTap: _numbered(Row.PUSH, "push"),
    MuteTap: _numbered(Row.PUSH, "push"),
    ProbationTap: _numbered(Row.PROBATION, "probation"),
    AlertTap: _numbered(Row.ALERT, "alert"),
    SnoozeTap: _numbered(Row.ALERT, "alert"),
    RestartTap: _numbered(Row.ALERT, "alert"),
    StormTap: _numbered(Row.STORM, "storm"),
    LinesTap: _numbered(Row.INQUIRY, "inquiry"),
}
_ROWS = {tap.__prefix__: (tap, row) for tap, row in ROWS_OF_TAPS.items()}
