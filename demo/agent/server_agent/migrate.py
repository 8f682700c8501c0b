"""Applies the migrations that the database lacks: `python -m server_agent.migrate`."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path

import asyncpg

from .connecting import away_translated, connect_arguments, describe
from .errors import DatabaseAwayError
from .migration_files import FOLDER, Migration, MigrationFilesError, pending, read_migrations
from .settings import Settings, SettingsError, read_settings

LOCK = 0x5E27E7A6  # one number for every release, so that two of them never migrate at once
LOCK_SECONDS = 60
COMMAND_SECONDS = 600.0
WRONG_USAGE = 64

RECORD_TABLE = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    version    integer PRIMARY KEY,
    name       text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
)
"""


class MigrationFailedError(Exception):
    """A statement of a migration failed; that migration was rolled back."""


async def migrate(settings: Settings, migrations: list[Migration], tell: Callable[[str], None]) -> None:
    """Applies what is pending, each migration in a transaction of its own, and tells about each.

    Raises `DatabaseAwayError`, `MigrationFilesError` or `MigrationFailedError`.
    """
    with away_translated():
        connection = await asyncpg.connect(**connect_arguments(settings, COMMAND_SECONDS))
        try:
            await _lock(connection)
            await connection.execute(RECORD_TABLE)
            rows = await connection.fetch("SELECT version, name FROM schema_migrations")
            applied = {row["version"]: row["name"] for row in rows}
            for migration in pending(migrations, applied):
                await _apply(connection, migration, max(applied, default=0))
                applied[migration.version] = migration.name
                tell(f"applied {migration.name}")
        finally:
            await connection.close(timeout=2)
    tell(f"the schema is at version {max(applied, default=0)}")


async def _lock(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    await connection.execute(f"SET lock_timeout = '{LOCK_SECONDS}s'")
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", LOCK)
    except asyncpg.LockNotAvailableError:
        raise MigrationFailedError(
            f"Another migration has been running for more than {LOCK_SECONDS} s. Nothing was applied; "
            "see whether it hangs, then try again."
        ) from None


async def _apply(connection: asyncpg.Connection[asyncpg.Record], migration: Migration, before: int) -> None:
    try:
        async with connection.transaction():
            await connection.execute(migration.sql)
            await connection.execute(
                "INSERT INTO schema_migrations (version, name) VALUES ($1, $2)",
                migration.version,
                migration.name,
            )
    except asyncpg.PostgresError as error:
        raise MigrationFailedError(
            f"Migration {migration.name} failed: {describe(error)}. "
            f"It was rolled back; the schema stays at version {before}."
        ) from error


def main(folder: Path = FOLDER) -> int:
    """Exit code 0 when the schema is up to date, 64 for wrong settings, else 1."""
    try:
        asyncio.run(migrate(read_settings(os.environ), read_migrations(folder), print))
    except SettingsError as error:
        print(error, file=sys.stderr)
        return WRONG_USAGE
    except (DatabaseAwayError, MigrationFilesError, MigrationFailedError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
