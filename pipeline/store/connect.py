"""Opens the journal: makes its database if missing and brings its schema up to date."""

from __future__ import annotations

import re
from collections.abc import Awaitable
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, TypeVar

import asyncpg

from pipeline.model.errors import PipelineError

T = TypeVar("T")

MIGRATION_LOCK = 7_061_001  # advisory lock: one process migrates, others wait
_CONNECT_SECONDS = 10.0
_STATEMENT_SECONDS = 30.0
LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InternalClientError,  # what the driver says of a connection that broke under a query
    OSError,
    TimeoutError,
)
"""What a query raises while PostgreSQL is away: worth trying again."""
_FILE = re.compile(r"^(\d{4})_\w+\.sql$")


@dataclass(frozen=True, kw_only=True)
class Address:
    """Where PostgreSQL listens, and as whom to speak to it. `database` is the journal's."""

    host: str
    port: int
    user: str
    password: str
    database: str

    def __repr__(self) -> str:
        return f"{self.user}@{self.host}:{self.port}/{self.database}"


class JournalUnreachable(PipelineError):
    """PostgreSQL does not answer, or refuses us."""

    def __init__(self, address: Address, reason: str) -> None:
        super().__init__(
            f"The journal {address!r} cannot be reached: {reason}.",
            advice="Check that PostgreSQL runs and that DB_HOST, DB_PORT, DB_USER and DB_PASSWORD fit.",
        )


class JournalTooNew(PipelineError):
    """The schema was migrated by a newer version than this one."""


async def connect(
    address: Address, *, database: str | None = None, name: str | None = None
) -> asyncpg.Connection:
    """One connection, for LISTEN, locks and the application's database. Raises JournalUnreachable.

    `name` is what pg_stat_activity shows of it, at most 63 bytes.
    """
    try:
        return await asyncpg.connect(
            host=address.host,
            port=address.port,
            user=address.user,
            password=address.password,
            database=database or address.database,
            timeout=_CONNECT_SECONDS,
            command_timeout=_STATEMENT_SECONDS,
            server_settings=_named(name),
        )
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        raise JournalUnreachable(address, str(error) or type(error).__name__) from error


def _named(name: str | None) -> dict[str, str]:
    return {"application_name": name} if name else {}


async def open_pool(address: Address, *, name: str | None = None) -> asyncpg.Pool:
    """A pool on the journal, made and migrated. Raises JournalUnreachable, JournalTooNew."""
    connection = await _made(address)
    try:
        await _migrate(connection)
    finally:
        await connection.close()
    pool: asyncpg.Pool = await asyncpg.create_pool(
        host=address.host,
        port=address.port,
        user=address.user,
        password=address.password,
        database=address.database,
        min_size=1,
        max_size=6,
        timeout=_CONNECT_SECONDS,
        command_timeout=_STATEMENT_SECONDS,
        server_settings=_named(name),
        connection_class=_Session,
        reset=_as_it_was,
    )
    return pool


class _Session(asyncpg.Connection):
    """Knows whether a statement of it was cut off. Cut between its parsing and its execution it leaves the
    server in a transaction of which the driver does not know."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.cut = False

    async def execute(self, *arguments: Any, **named: Any) -> str:
        return await self._noting(super().execute(*arguments, **named))

    async def executemany(self, *arguments: Any, **named: Any) -> None:
        await self._noting(super().executemany(*arguments, **named))

    async def fetch(self, *arguments: Any, **named: Any) -> list[Any]:
        return await self._noting(super().fetch(*arguments, **named))

    async def fetchrow(self, *arguments: Any, **named: Any) -> Any:
        return await self._noting(super().fetchrow(*arguments, **named))

    async def fetchval(self, *arguments: Any, **named: Any) -> Any:
        return await self._noting(super().fetchval(*arguments, **named))

    async def _noting(self, statement: Awaitable[T]) -> T:
        try:
            return await statement
        except BaseException:
            self.cut = True
            raise


async def _as_it_was(connection: asyncpg.Connection) -> None:
    """Between two queries nothing of a session is reset, which saves each of them a round trip: what is set
    here is set for a transaction, and locks and LISTEN have connections of their own. A session of which a
    statement did not end well is reset whole."""
    if isinstance(connection, _Session) and connection.cut:
        await connection.reset()
        connection.cut = False


async def _made(address: Address) -> asyncpg.Connection:
    """A connection to the journal's database, which is made where it is missing."""
    try:
        return await connect(address)
    except JournalUnreachable as error:
        if not isinstance(error.__cause__, asyncpg.InvalidCatalogNameError):
            raise
    connection = await connect(address, database="postgres")
    try:
        name = address.database.replace('"', '""')
        await connection.execute(f'CREATE DATABASE "{name}"')
    except (asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
        pass  # the other process was faster
    except asyncpg.InsufficientPrivilegeError as error:
        raise JournalUnreachable(
            address, f"it does not exist and {address.user} may not create it"
        ) from error
    finally:
        await connection.close()
    return await connect(address)


def migrations() -> list[tuple[int, str]]:
    """Numbered migration scripts in order: (number, SQL)."""
    found = []
    for entry in (files(__package__) / "migrations").iterdir():
        match = _FILE.match(entry.name)
        if match:
            found.append((int(match.group(1)), entry.read_text()))
    return sorted(found)


async def _migrate(connection: asyncpg.Connection) -> None:
    scripts = migrations()
    await connection.execute("SELECT pg_advisory_lock($1)", MIGRATION_LOCK)
    try:
        await connection.execute(
            "CREATE TABLE IF NOT EXISTS schema_migrations"
            " (version int PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())"
        )
        done = await connection.fetchval("SELECT coalesce(max(version), 0) FROM schema_migrations")
        if done > scripts[-1][0]:
            raise JournalTooNew(
                f"The journal's schema is at {done}, this version knows {scripts[-1][0]}.",
                advice="Start the newer version of bot and worker.",
            )
        for number, sql in scripts:
            if number <= done:
                continue
            async with connection.transaction():
                await connection.execute(sql)
                await connection.execute("INSERT INTO schema_migrations (version) VALUES ($1)", number)
    finally:
        await connection.execute("SELECT pg_advisory_unlock($1)", MIGRATION_LOCK)
