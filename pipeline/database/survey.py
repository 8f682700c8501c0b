"""Takes the manifest of a database: in one snapshot, which a dump can share."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import asyncpg

from pipeline.database.manifest import Grant, Manifest, Properties, Sequence, Setting, Table
from pipeline.store.connect import Address, connect
from pipeline.store.queries import load
from pipeline.wording.so_far import so_far

_SQL = load("manifest")


class Survey:
    """One look at a database. `snapshot` is what pg_dump takes to see the same."""

    def __init__(
        self, connection: asyncpg.Connection, address: Address, query: str | None, timeout: float
    ) -> None:
        self._connection = connection
        self._address = address
        self._query = query
        self._timeout = timeout
        self._sequences: dict[str, Sequence] = {}
        self.snapshot = ""

    async def begin(self) -> None:
        self.snapshot = str(await self._value("snapshot"))
        await self._connection.execute(_SQL["pin"])
        # Before the dump reads them: they go on while it does.
        self._sequences = {
            row["name"]: Sequence(value=row["value"], increment=row["increment"], cycles=row["cycles"])
            for row in await self._rows("sequences")
        }

    async def size(self) -> int:
        """Bytes of the database on disk. Raises asyncpg.PostgresError."""
        [row] = await self._rows("database", self._address.database)
        return int(row["bytes"])

    async def manifest(self, tell: Callable[[str], None]) -> Manifest:
        """Every table is read. Raises asyncpg.PostgresError."""
        names = [row["name"] for row in await self._rows("tables")]
        tables = {}
        for number, name in enumerate(names, 1):
            tell(so_far(f"counting table {number} of {len(names)}", name))
            found = await self._one(_SQL["rows_of"].replace("{name}", name))
            tables[name] = Table(rows=found["rows"], hash=found["hash"])
        [row] = await self._rows("database", self._address.database)
        return Manifest(
            database=self._address.database,
            taken_at=row["now"],
            server=row["server"],
            bytes=row["bytes"],
            revision=await self._revision(),
            properties=await properties(self._connection, self._address.database) or _unknown(),
            roles=[role["name"] for role in await self._rows("roles")],
            extensions={each["name"]: each["version"] for each in await self._rows("extensions")},
            tables=tables,
            sequences=self._sequences,
            large_objects=await self._large_objects(),
        )

    async def _large_objects(self) -> Table:
        counted = await self._one(_SQL["large_objects"])
        readable = await self._value("large_objects_read")
        return Table(
            rows=counted["rows"], hash=str(await self._value("large_objects_hash")) if readable else ""
        )

    async def _revision(self) -> str | None:
        """None also where the query fails: a migration tells its faults, not a backup."""
        if self._query is None:
            return None
        try:
            async with self._connection.transaction():
                await self._connection.execute('SET LOCAL search_path TO "$user", public')
                value = await self._connection.fetchval(self._query, timeout=self._timeout)
        except asyncpg.PostgresError:
            return None
        return None if value is None else str(value)

    async def _rows(self, block: str, *values: object) -> list[asyncpg.Record]:
        return list(await self._connection.fetch(_SQL[block], *values, timeout=self._timeout))

    async def _value(self, block: str) -> object:
        return await self._connection.fetchval(_SQL[block], timeout=self._timeout)

    async def _one(self, query: str) -> asyncpg.Record:
        [row] = await self._connection.fetch(query, timeout=self._timeout)
        return row


@contextlib.asynccontextmanager
async def surveying(address: Address, query: str | None, *, timeout: float) -> AsyncIterator[Survey]:
    """Holds the snapshot open. `query` asks for the schema's revision; `timeout` is each query's, in seconds.

    Raises JournalUnreachable, asyncpg.PostgresError.
    """
    connection = await connect(address, name="vnext-pipeline")
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            survey = Survey(connection, address, query, timeout)
            await survey.begin()
            yield survey
    finally:
        connection.terminate()


async def properties(connection: asyncpg.Connection, database: str) -> Properties | None:
    """What a database is made with, asked on any database of its server; None where it is not there."""
    row = await connection.fetchrow(_SQL["database"], database)
    if row is None:
        return None
    raw: dict[str, Any] = json.loads(row["raw"])
    settings = [
        Setting(role=each["role"], name=name, value=value)
        for each in await connection.fetch(_SQL["settings"], database)
        for name, _, value in [each["setting"].partition("=")]
    ]
    grants = [Grant(**each) for each in await connection.fetch(_SQL["grants"], database)]
    return Properties(
        owner=row["owner"],
        encoding=row["encoding"],
        collate=raw["datcollate"],
        ctype=raw["datctype"],
        provider=raw.get("datlocprovider", "c"),
        locale=raw.get("datlocale") or raw.get("daticulocale"),
        icu_rules=raw.get("daticurules"),
        connection_limit=raw["datconnlimit"],
        settings=settings,
        grants=None if raw["datacl"] is None else grants,
    )


def _unknown() -> Properties:
    raise LookupError("the database that is looked at is not in pg_database")


async def take(
    address: Address, query: str | None, *, timeout: float, tell: Callable[[str], None]
) -> Manifest:
    """The manifest of a database as it is now. Raises JournalUnreachable, asyncpg.PostgresError."""
    async with surveying(address, query, timeout=timeout) as survey, asyncio.timeout(timeout):
        return await survey.manifest(tell)
