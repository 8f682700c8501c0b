"""The journal's migrations as values: the files of `migrations/`, and which code works with which of them.

A schema has a number, that of its newest migration; code is known by the newest number that it has a file
for. A migration `NNNN_name.sql` says in a line of its own `-- works with: MMMM`: the oldest code that still
works once it is applied. Without that line it works with no code before its own, which is how the first 25
count. `NNNN_name.down.sql` beside it undoes it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from pipeline.model.errors import PipelineError

_FILE = re.compile(r"(\d{4})_(\w+)\.sql")
_WORKS_WITH = re.compile(r"^-- works with: (.*)$", re.MULTILINE)
_NUMBER = re.compile(r"\d{4}")


@dataclass(frozen=True, kw_only=True)
class Migration:
    """`up` and `down` are SQL; `down` is None where nothing undoes it. `works_with` is at most `number`."""

    number: int
    name: str
    works_with: int
    up: str
    down: str | None = None

    def __str__(self) -> str:
        return f"{self.number:04} {self.name}"


class JournalTooNew(PipelineError):
    """A newer version has migrated the schema in a way that this code does not work with."""

    def __init__(self, *, at: int, least: int, newest: int) -> None:
        super().__init__(
            f"The journal's schema is at {at} and works with no code that knows less than {least};"
            f" this version knows {newest}.",
            advice="Start the newer version of bot and worker. To stay with this one, let the newer one take"
            f" the schema down first: python -m pipeline migrate --to {newest}.",
        )


class NoWayDown(PipelineError):
    """Migrations that nothing undoes are in the way."""

    def __init__(self, *, at: int, to: int, stuck: Sequence[int], unknown: bool) -> None:
        which = ", ".join(f"{number:04}" for number in stuck)
        why = "this version does not know" if unknown else "nothing undoes"
        super().__init__(
            f"The journal's schema cannot go down from {at} to {to}: {why} {which}.",
            production=f"The schema stays at {at}; production was not touched.",
            advice="Use the image of the version that knows them."
            if unknown
            else f"Restore the backup of the journal that was made when its schema was at {to}.",
        )


class MigrationFailed(PipelineError):
    """PostgreSQL refused a migration, whose transaction left nothing of itself."""

    def __init__(self, migration: Migration, *, at: int, reason: str, advice: str) -> None:
        super().__init__(
            f"Migration {migration} of the journal failed: {reason}.",
            production=f"The journal's schema stays at {at}; production was not touched.",
            advice=advice,
        )


@cache
def known() -> tuple[Migration, ...]:
    """All of this code, in order. Raises ValueError for a file that says wrongly with what it works."""
    folder = {entry.name: entry for entry in (files(__package__) / "migrations").iterdir()}
    found = []
    for file, entry in folder.items():
        if match := _FILE.fullmatch(file):
            down = folder.get(f"{file.removesuffix('.sql')}.down.sql")
            found.append(read(match[1], match[2], entry.read_text(), down.read_text() if down else None))
    return tuple(sorted(found, key=lambda migration: migration.number))


def read(number: str, name: str, up: str, down: str | None = None) -> Migration:
    """One migration from its file's number, name and text. Raises ValueError."""
    own, said = int(number), _WORKS_WITH.findall(up)
    if len(said) > 1 or any(not _NUMBER.fullmatch(word) or int(word) > own for word in said):
        raise ValueError(
            f"{number}_{name}.sql works with {said}: one number of four digits, at most {number}"
        )
    return Migration(number=own, name=name, works_with=int(said[0]) if said else own, up=up, down=down)


def newest(of: Sequence[Migration] | None = None) -> int:
    """The schema that this code knows."""
    return (of or known())[-1].number


def promises(of: Sequence[Migration]) -> dict[int, int]:
    """Of each migration, by its number, the oldest code that works with it."""
    return {migration.number: migration.works_with for migration in of}


def works(code: int, promised: Mapping[int, int]) -> bool:
    """Whether the code that knows the schema `code` works with one in which these migrations are applied."""
    return least(code, promised) <= code


def least(code: int, promised: Mapping[int, int]) -> int:
    """The oldest code that works with the migrations which `code` does not know."""
    return max((oldest for number, oldest in promised.items() if number > code), default=code)


def highest(code: int, promised: Mapping[int, int]) -> int:
    """The highest number that such a schema may have so that `code` works with it."""
    reached = 0
    for number in sorted(promised):
        if number > code and promised[number] > code:
            break
        reached = number
    return reached


def stuck(of: Sequence[Migration], *, at: int, to: int) -> list[int]:
    """Those between the two that nothing undoes."""
    return [each.number for each in of if to < each.number <= at and each.down is None]
