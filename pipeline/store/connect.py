"""Connections to PostgreSQL: one at a time, and the journal's database made where it is missing."""

from __future__ import annotations

from dataclasses import dataclass

import asyncpg

from pipeline.model.errors import PipelineError

CONNECT_SECONDS = 10.0
STATEMENT_SECONDS = 30.0
GONE = (
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
"""What a query raises while PostgreSQL is away."""

NO_ROOM = asyncpg.DiskFullError

LOST = (*GONE, NO_ROOM)
"""What keeps the journal from being told now: PostgreSQL is away, or has no room. Worth trying again."""


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
            timeout=CONNECT_SECONDS,
            command_timeout=STATEMENT_SECONDS,
            server_settings=named(name),
        )
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        raise JournalUnreachable(address, str(error) or type(error).__name__) from error


def named(name: str | None) -> dict[str, str]:
    return {"application_name": name} if name else {}


async def made(address: Address) -> asyncpg.Connection:
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
