"""Moves a journal's schema on a connection that alone migrates it. Each migration is a transaction of its
own: whatever ends it leaves the schema at a whole number.
"""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg

from pipeline.store.connect import GONE
from pipeline.store.migration import (
    JournalTooNew,
    Migration,
    MigrationFailed,
    NoWayDown,
    least,
    newest,
    stuck,
    works,
)
from pipeline.store.queries import load

_TOLD_SINCE = 26  # the migration that brings the column works_with
_SECONDS = 300.0  # for one migration
_LOCK_WAIT = "5s"  # whoever uses a table waits behind a migration that waits for it
_TRIES = 6
_HELD = (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError)
_SQL = load("schema")


async def applied(connection: asyncpg.Connection) -> dict[int, int]:
    """The migrations in the schema, each with the oldest code that works with it."""
    if not await connection.fetchval(_SQL["is_there"]):
        return {}
    rows = await connection.fetch(_SQL["applied"])
    return {row["version"]: row["works_with"] for row in rows}


async def up(connection: asyncpg.Connection, of: Sequence[Migration], to: int | None = None) -> list[int]:
    """Applies what is missing, up to `to`; the numbers. A newer schema stays as it is, if `of` works with it.

    Raises JournalTooNew, MigrationFailed.
    """
    await connection.execute(_SQL["make_table"])
    promised = await applied(connection)
    at, code = max(promised, default=0), newest(of)
    if not works(code, promised):
        raise JournalTooNew(at=at, least=least(code, promised), newest=code)
    done: list[int] = []
    for migration in of:
        if at < migration.number <= (code if to is None else to):
            await _carry_out(connection, migration, migration.up, at=max([at, *done]))
            done.append(migration.number)
    return done


async def down(connection: asyncpg.Connection, of: Sequence[Migration], to: int) -> list[int]:
    """Undoes all above `to`, the newest first; the numbers.

    Raises NoWayDown before it begins, MigrationFailed.
    """
    there = sorted(await applied(connection))
    at = there[-1] if there else 0
    if unknown := [number for number in there if number > max(to, newest(of))]:
        raise NoWayDown(at=at, to=to, stuck=unknown, unknown=True)
    if missing := stuck(of, at=at, to=to):
        raise NoWayDown(at=at, to=to, stuck=missing, unknown=False)
    done: list[int] = []
    for migration in reversed(of):
        if to < migration.number <= at and migration.down is not None:
            await _carry_out(connection, migration, migration.down, at=migration.number, undo=True)
            done.append(migration.number)
    return done


async def _carry_out(
    connection: asyncpg.Connection, migration: Migration, sql: str, *, at: int, undo: bool = False
) -> None:
    """Gives way where others hold what it changes, and tries again. Raises MigrationFailed."""
    for attempt in range(_TRIES):
        try:
            async with connection.transaction():
                await connection.execute(_SQL["be_short"], _LOCK_WAIT)
                await connection.execute(sql, timeout=_SECONDS)
                await _note(connection, migration, undo=undo)
        except _HELD as error:
            if attempt == _TRIES - 1:
                reason = f"others held what it changes, at each of {_TRIES} tries"
                advice = "See pg_stat_activity for who holds it; stop bot and worker, then try again."
                raise MigrationFailed(migration, at=at, reason=reason, advice=advice) from error
        except TimeoutError as error:
            advice = "Stop bot and worker and try again; the log of PostgreSQL tells what it waited for."
            reason = f"it did not end within {_SECONDS:g} s"
            raise MigrationFailed(migration, at=at, reason=reason, advice=advice) from error
        except asyncpg.PostgresError as error:
            if isinstance(error, GONE):
                raise
            advice = "Go on with the version from before, and report this with the log of PostgreSQL."
            raise MigrationFailed(migration, at=at, reason=str(error), advice=advice) from error
        else:
            return


async def _note(connection: asyncpg.Connection, migration: Migration, *, undo: bool) -> None:
    if undo:
        await connection.execute(_SQL["forget"], migration.number)
    elif migration.number < _TOLD_SINCE:
        await connection.execute(_SQL["note_early"], migration.number)
    else:
        await connection.execute(_SQL["note"], migration.number, migration.works_with)
