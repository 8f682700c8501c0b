"""What the journal says, asked for as often as it takes while PostgreSQL is away."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg

from pipeline.store.connect import LOST, Address, JournalUnreachable, connect

_AWAY_SECONDS = 60.0
_AGAIN_SECONDS = 0.3


class Journal:
    def __init__(self, address: Address) -> None:
        self.address = address
        self._connection: asyncpg.Connection[Any] | None = None

    async def rows(self, sql: str, *values: Any) -> list[Any]:
        """Raises the driver's error when PostgreSQL stays away for a minute."""
        deadline = asyncio.get_running_loop().time() + _AWAY_SECONDS
        while True:
            try:
                if self._connection is None or self._connection.is_closed():
                    self._connection = await connect(self.address)
                rows: list[Any] = await self._connection.fetch(sql, *values, timeout=10)
            except (JournalUnreachable, asyncpg.UndefinedTableError, *LOST):
                self.close()
                if asyncio.get_running_loop().time() > deadline:
                    raise
                await asyncio.sleep(_AGAIN_SECONDS)
            else:
                return rows

    async def row(self, sql: str, *values: Any) -> Any:
        rows = await self.rows(sql, *values)
        return rows[0] if rows else None

    def close(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None
