"""Looks through a restored database with the extension amcheck: every btree index against its table, and the
rows of every table. For a copy that is thrown away: the extension is made there.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import asyncpg

from pipeline.database import statements
from pipeline.store.connect import GONE, Address, connect
from pipeline.store.queries import load
from pipeline.wording.so_far import so_far

_SCHEMA = "vnext_drill"
_DAMAGE = "XX"
"""The class of SQLSTATE of damaged data and indexes; other errors say that a check could not be made."""

_SQL = load("amcheck")


@dataclass(frozen=True, kw_only=True)
class Looked:
    """`indexes` and `tables` were checked, None where the server has no amcheck. `findings` are damages;
    `notes` say what could not be checked."""

    indexes: int | None
    tables: int | None
    findings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


async def look_through(address: Address, *, timeout: float, tell: Callable[[str], None]) -> Looked:
    """As `pg_amcheck --heapallindexed --parent-check` does; `timeout` is each check's, in seconds. Needs a
    superuser. Raises JournalUnreachable, errors of a connection that was lost."""
    async with _connected(address) as connection:
        schema = await _extension(connection, timeout)
        if schema is None:
            return Looked(
                indexes=None,
                tables=None,
                notes=["The image of the database server has no amcheck: indexes were not checked."],
            )
        found = Looked(indexes=0, tables=0)
        indexes = await connection.fetch(_SQL["indexes"])
        done = 0
        for number, row in enumerate(indexes, 1):
            tell(so_far(f"checking index {number} of {len(indexes)}", row["name"]))
            query = _SQL["check_index"].replace("{schema}", statements.name(schema))
            done += await _check(connection, query, row, "index", found, timeout)
        tables = await connection.fetch(_SQL["tables"])
        looked = 0
        for number, row in enumerate(tables, 1):
            tell(so_far(f"checking table {number} of {len(tables)}", row["name"]))
            query = _SQL["check_table"].replace("{schema}", statements.name(schema))
            looked += await _check(connection, query, row, "table", found, timeout)
        return Looked(indexes=done, tables=looked, findings=found.findings, notes=found.notes)


@contextlib.asynccontextmanager
async def _connected(address: Address) -> AsyncIterator[asyncpg.Connection]:
    connection = await connect(address, name="vnext-pipeline drill")
    try:
        await connection.execute(_SQL["session"])
        yield connection
    finally:
        connection.terminate()


async def _extension(connection: asyncpg.Connection, timeout: float) -> str | None:
    """The schema of amcheck, made where it is not there yet; None where the server has none."""
    if not await connection.fetchval(_SQL["available"]):
        return None
    await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {_SCHEMA}", timeout=timeout)
    await connection.execute(f"CREATE EXTENSION IF NOT EXISTS amcheck SCHEMA {_SCHEMA}", timeout=timeout)
    schema: str | None = await connection.fetchval(_SQL["schema"])
    return schema


async def _check(
    connection: asyncpg.Connection,
    query: str,
    row: asyncpg.Record,
    kind: str,
    found: Looked,
    timeout: float,
) -> bool:
    """Whether the check was made; what it says goes to `found`."""
    try:
        told = await connection.fetch(query, row["oid"], timeout=timeout)
    except GONE:
        raise
    except asyncpg.PostgresError as error:
        damaged = str(error.sqlstate or "").startswith(_DAMAGE)
        if damaged:
            found.findings.append(f"{kind} {row['name']}: {error}")
        else:
            found.notes.append(f"{kind.capitalize()} {row['name']} could not be checked: {error}.")
        return damaged
    found.findings.extend(f"{kind} {row['name']}: {each['msg']}" for each in told if each["msg"])
    return True
