"""Restores a dump into a database of its own, and lets databases change their names.

Nothing here writes into the database that serves: it is renamed, whole, or left alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import asyncpg

from pipeline.cancelling import end
from pipeline.containers.engine import Engine
from pipeline.database import statements
from pipeline.database.archive import unpacking
from pipeline.database.client import Client
from pipeline.database.filling import Filling
from pipeline.database.fitness import Server, free_of_df
from pipeline.database.manifest import Properties
from pipeline.database.names import Places
from pipeline.database.sealing import unsealed
from pipeline.database.survey import properties
from pipeline.model.errors import PipelineError
from pipeline.process import Command, CommandFailed, run
from pipeline.store.connect import GONE, Address, connect
from pipeline.store.queries import load
from pipeline.wording.so_far import so_far

_DF_SECONDS = 20.0
_AGAIN_SECONDS = 0.05
_TABLE = 'processing data for table "'
_ERROR = "pg_restore: error:"
_SQL = load("manifest")


class RestoreFailed(PipelineError):
    """PostgreSQL refused a step of a restore."""


@contextlib.asynccontextmanager
async def _speaking(admin: Address, doing: str) -> AsyncIterator[asyncpg.Connection]:
    """Raises RestoreFailed where PostgreSQL refuses, errors of a connection that was lost."""
    connection = await connect(admin, name="vnext-pipeline restore")
    try:
        await connection.execute(_SQL["unlimited"])
        yield connection
    except GONE:
        raise
    except asyncpg.PostgresError as error:
        raise RestoreFailed(
            f"PostgreSQL refused while {doing}: {error}.",
            advice="See what it names and what DB_USER may do, then ask again.",
        ) from error
    finally:
        connection.terminate()


async def databases(admin: Address) -> set[str]:
    async with _speaking(admin, "listing the databases") as connection:
        return {row["name"] for row in await connection.fetch(_SQL["databases"])}


async def properties_of(admin: Address, database: str) -> Properties | None:
    async with _speaking(admin, f"looking at database {database}") as connection:
        return await properties(connection, database)


async def size_of(admin: Address, database: str) -> int:
    """Bytes on disk; 0 where there is no such database."""
    async with _speaking(admin, f"looking at database {database}") as connection:
        row = await connection.fetchrow(_SQL["database"], database)
        return int(row["bytes"]) if row else 0


async def server(admin: Address, client: Client) -> Server:
    """What the server has and has room for."""
    async with _speaking(admin, "looking at the server") as connection:
        directory = await connection.fetchval(_SQL["data_directory"])
        return Server(
            version=int(await connection.fetchval("SELECT current_setting('server_version_num')")),
            roles={row["name"] for row in await connection.fetch(_SQL["known_roles"])},
            extensions={row["name"] for row in await connection.fetch(_SQL["known_extensions"])},
            free=await _free(client, directory) if directory else None,
        )


async def _free(client: Client, directory: str) -> int | None:
    """Bytes on the disk that the server writes to, as far as that can be seen from here."""
    if client.server is None:
        return None
    asked = await run(
        Command(argv=("docker", "exec", client.server.id, "df", "-Pk", directory)), timeout=_DF_SECONDS
    )
    return free_of_df(asked.stdout) if asked.exit_code == 0 else None


def free_here(path: Path) -> int:
    return shutil.disk_usage(path).free


async def bring_back(
    engine: Engine,
    client: Client,
    admin: Address,
    dump: Path,
    *,
    into: str,
    like: Properties,
    tables: int | None,
    name: str,
    run_id: int,
    timeout: float,
    redact: Callable[[str], str],
    tell: Callable[[str], None],
    identity: Path | None = None,
) -> None:
    """Makes database `into` and restores the dump there; what an earlier try left of it goes first.

    `name` is that of the one-off container, where one is used; `tables` how many there are to be; `identity`
    opens a dump and the values of `like` that are encrypted. Raises RestoreFailed, CommandFailed, Locked.
    """
    opening = unpacking(dump, identity)
    like = await unsealed(like, identity, timeout=timeout, redact=redact)
    await engine.remove(name)
    await drop(admin, into)
    async with _speaking(admin, f"making database {into}") as connection:
        major = int(await connection.fetchval("SELECT current_setting('server_version_num')")) // 10_000
        await connection.execute(statements.create(into, like, major), timeout=timeout)
    done = 0

    def heard(line: str) -> None:
        nonlocal done
        if _TABLE in line:
            done += 1
            table = line.partition(_TABLE)[2].rstrip('"')
            if tables is None:
                tell(f"restoring {table}")
            else:
                tell(so_far(f"restoring table {done} of {max(done, tables)}", table))

    filling = Filling(client=client, into=into, name=name, run_id=run_id, timeout=timeout, redact=redact)
    tell("unpacking")
    try:
        await filling.fill(dump, opening, heard)
    finally:
        await engine.remove(name)
    tell("gathering statistics for the planner")
    async with _speaking(_at(admin, into), f"analysing database {into}") as connection:
        await connection.execute("ANALYZE", timeout=timeout)
    async with _speaking(admin, f"giving database {into} its settings") as connection:
        for statement in statements.finish(into, like):
            await connection.execute(statement)


def cause(error: CommandFailed) -> str:
    """What pg_restore said from its first error on: then it repeats the statement, which may be long."""
    lines = error.finished.stderr.splitlines() if error.finished else []
    first = next((number for number, line in enumerate(lines) if _ERROR in line), None)
    return error.what if first is None else "\n".join(lines[first:])


async def drop(admin: Address, database: str) -> None:
    async with _speaking(admin, f"removing database {database}") as connection:
        await connection.execute(statements.drop(database), timeout=300)


async def swap(admin: Address, places: Places) -> None:
    """Gives `source` the name of `live`, in one transaction: both names change or neither does.

    From the first rename on PostgreSQL lets nobody into the database until the transaction has ended, so
    connections need not be forbidden beforehand: whoever is cut here leaves the database open. Sessions that
    are there are ended as long as the rename waits for them. The one set aside lets nobody in any more.
    Raises RestoreFailed.
    """
    async with (
        _speaking(admin, f"swapping {places.source} for {places.live}") as renaming,
        _speaking(admin, f"ending the sessions in {places.live}") as ending,
    ):
        sessions = asyncio.create_task(_end_sessions(ending, (places.live, places.source)))
        try:
            async with renaming.transaction():
                await renaming.execute(statements.rename(places.live, places.aside))
                await renaming.execute(statements.rename(places.source, places.live))
                await renaming.execute(statements.allow(places.live, connections=True))
                await renaming.execute(statements.allow(places.aside, connections=False))
        finally:
            await end([sessions])


async def open_up(admin: Address, database: str) -> None:
    """Lets connections in."""
    async with _speaking(admin, f"opening database {database}") as connection:
        await connection.execute(statements.allow(database, connections=True))


async def _end_sessions(connection: asyncpg.Connection, names: tuple[str, ...]) -> None:
    while True:
        for name in names:
            with contextlib.suppress(asyncpg.InsufficientPrivilegeError):  # the rename tells of it
                await connection.execute(_SQL["terminate"], name)
        await asyncio.sleep(_AGAIN_SECONDS)


def _at(admin: Address, database: str) -> Address:
    return Address(
        host=admin.host, port=admin.port, user=admin.user, password=admin.password, database=database
    )
