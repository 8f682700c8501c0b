"""The numbered migration files, and which of them are still to be applied."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).with_name("migrations")
FILE_NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")


class MigrationFilesError(Exception):
    """The files or the record of applied ones are inconsistent; the message is for the person."""


@dataclass(frozen=True, kw_only=True)
class Migration:
    """One file, for instance version 1, name `0001_messages.sql`."""

    version: int
    name: str
    sql: str


def read_migrations(folder: Path = FOLDER) -> list[Migration]:
    """All `*.sql` files in order. Raises `MigrationFilesError` for a bad name or a doubled number."""
    found: dict[int, Migration] = {}
    for path in sorted(folder.glob("*.sql")):
        match = FILE_NAME.fullmatch(path.name)
        if match is None:
            raise MigrationFilesError(
                f"{path.name} is not a migration name; four digits and a name in lower case "
                "are, like 0004_add_topic.sql."
            )
        version = int(match.group(1))
        if version in found:
            raise MigrationFilesError(f"{found[version].name} and {path.name} have the same number.")
        found[version] = Migration(version=version, name=path.name, sql=path.read_text("utf-8"))
    return list(found.values())


def pending(migrations: Iterable[Migration], applied: Mapping[int, str]) -> list[Migration]:
    """Those not in `applied` (version → name). A version of a newer release in `applied` is fine.

    Raises `MigrationFilesError` when a number was applied under another name.
    """
    todo = []
    for migration in migrations:
        recorded = applied.get(migration.version)
        if recorded is None:
            todo.append(migration)
        elif recorded != migration.name:
            raise MigrationFilesError(
                f"The database has {recorded} as version {migration.version}, this release has "
                f"{migration.name}. Nothing was applied; give the new file a free number."
            )
    return todo


def missing(needed: Iterable[int], applied: Iterable[int]) -> list[int]:
    """Versions that the release needs and the database lacks, in order."""
    return sorted(set(needed) - set(applied))
