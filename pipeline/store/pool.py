"""Opens the journal: makes its database if missing and brings its schema up to date."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, TypeVar

import asyncpg

from pipeline.store.connect import CONNECT_SECONDS, STATEMENT_SECONDS, Address, named
from pipeline.store.schema import go_up

T = TypeVar("T")


async def open_pool(address: Address, *, name: str | None = None) -> asyncpg.Pool:
    """A pool on the journal, made and migrated.

    Raises JournalUnreachable, JournalTooNew, MigrationFailed.
    """
    await go_up(address)
    pool: asyncpg.Pool = await asyncpg.create_pool(
        host=address.host,
        port=address.port,
        user=address.user,
        password=address.password,
        database=address.database,
        min_size=1,
        max_size=6,
        timeout=CONNECT_SECONDS,
        command_timeout=STATEMENT_SECONDS,
        server_settings=named(name),
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
