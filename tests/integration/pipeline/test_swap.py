"""Restores into a database of its own and swaps of names, on a real server without a stack around it."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from pipeline.cancelling import end
from pipeline.containers.engine import Engine
from pipeline.database import restore
from pipeline.database.client import Client, find_client
from pipeline.database.dump import Dump, dump
from pipeline.database.fitness import refusals
from pipeline.database.manifest import differences
from pipeline.database.names import Places
from pipeline.database.survey import take
from pipeline.process import CommandFailed
from pipeline.store.connect import Address, JournalUnreachable, connect

ODD = """
CREATE SCHEMA "o'dd";
CREATE EXTENSION citext;
CREATE TABLE "o'dd"."T able" (t text, id int GENERATED ALWAYS AS IDENTITY, r money,
    twice int GENERATED ALWAYS AS (length(t) * 2) STORED, at timestamptz DEFAULT now(),
    f float8 DEFAULT random(), raw bytea, name citext, i interval DEFAULT '1 year 2 days');
INSERT INTO "o'dd"."T able" (t, r, raw, name)
    SELECT 'line' || chr(10) || n, n, decode(md5(n::text), 'hex'), 'N' || n FROM generate_series(1, 500) n;
CREATE UNLOGGED TABLE forgetful AS SELECT n FROM generate_series(1, 7) n;
CREATE TABLE nothing ();
INSERT INTO nothing DEFAULT VALUES;
CREATE TABLE part (n int) PARTITION BY RANGE (n);
CREATE TABLE part_one PARTITION OF part FOR VALUES FROM (0) TO (10);
INSERT INTO part VALUES (1), (2);
CREATE TABLE child () INHERITS (forgetful);
INSERT INTO child VALUES (9);
CREATE SEQUENCE down INCREMENT -1;
SELECT nextval('down');
SELECT lo_from_bytea(0, decode('cafe', 'hex'));
"""
UNQUALIFIED = """
CREATE TABLE rate (n int);
INSERT INTO rate VALUES (2);
CREATE FUNCTION rated(v int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT v * (SELECT max(n) FROM rate)';
CREATE TABLE priced (v int, full_price int GENERATED ALWAYS AS (rated(v)) STORED);
INSERT INTO priced VALUES (1), (2);
"""


@pytest.fixture
async def engine() -> AsyncIterator[Engine]:
    engine = Engine()
    yield engine
    engine.close()


@pytest.fixture
async def admin(postgres: Any) -> Address:
    return Address(
        host=postgres.host,
        port=postgres.port,
        user=postgres.user,
        password=postgres.password,
        database="postgres",
    )


async def _execute(address: Address, sql: str) -> None:
    connection = await connect(address)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


async def _value(address: Address, sql: str) -> object:
    connection = await connect(address)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


async def _dumped(engine: Engine, address: Address, folder: Path) -> tuple[Client, Dump]:
    client = await find_client(engine, address, "no such project")
    number = secrets.randbelow(10**9)
    made = await dump(
        engine,
        client,
        folder / "odd.dump.zst",
        name=f"run-{number}-backup",
        run_id=number,
        timeout=300,
        redact=str,
        tell=lambda _: None,
    )
    return client, made


async def _brought_back(engine: Engine, client: Client, admin: Address, made: Dump, into: str) -> list[str]:
    number = secrets.randbelow(10**9)
    told: list[str] = []
    await restore.bring_back(
        engine,
        client,
        admin,
        made.path,
        into=into,
        like=made.manifest.properties,
        tables=len(made.manifest.tables),
        name=f"run-{number}-prepare",
        run_id=number,
        timeout=300,
        redact=str,
        tell=told.append,
    )
    return told


async def test_an_odd_database_comes_back_exactly(
    engine: Engine, admin: Address, postgres: Any, tmp_path: Path
) -> None:
    name = f"odd_{secrets.token_hex(4)}"
    await _execute(
        admin, f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'"
    )
    address = replace(admin, database=name)
    await _execute(address, ODD)
    await _execute(address, f'ALTER DATABASE {name} SET search_path TO "o\'dd", public')
    await _execute(address, f"ALTER ROLE {postgres.user} IN DATABASE {name} SET work_mem TO '7MB'")
    await _execute(address, f"GRANT CREATE ON DATABASE {name} TO public")
    client, made = await _dumped(engine, address, tmp_path)
    assert {table: found.rows for table, found in made.manifest.tables.items()} == {
        '"o\'dd"."T able"': 500,
        "public.child": 1,
        "public.forgetful": 7,
        "public.nothing": 1,
        "public.part_one": 2,
    }
    assert made.manifest.large_objects.rows == 1
    into = f"{name}_restore_1"
    told = await _brought_back(engine, client, admin, made, into)
    assert told[0] == "unpacking"
    assert told[1].startswith("restoring table 1 of 5 · ")
    found = await take(replace(admin, database=into), None, timeout=60, tell=lambda _: None)
    assert differences(made.manifest, found) == []
    await _execute(replace(admin, database=into), 'UPDATE "o\'dd"."T able" SET raw = NULL WHERE id = 250')
    found = await take(replace(admin, database=into), None, timeout=60, tell=lambda _: None)
    assert differences(made.manifest, found) == ['table "o\'dd"."T able" has other values in its 500 rows']


async def test_what_only_a_trial_restore_finds(
    engine: Engine, admin: Address, postgres: Any, tmp_path: Path
) -> None:
    """A generated column whose function names a table without its schema: the rows cannot come back."""
    address = replace(admin, database=await postgres.create_database())
    await _execute(address, UNQUALIFIED)
    client, made = await _dumped(engine, address, tmp_path)
    with pytest.raises(CommandFailed) as caught:
        await _brought_back(engine, client, admin, made, f"{address.database}_restore_1")
    assert 'relation "rate" does not exist' in restore.cause(caught.value).splitlines()[0]


async def test_the_server_is_asked_for_roles_extensions_and_room(
    engine: Engine, admin: Address, postgres: Any, tmp_path: Path
) -> None:
    role = f"owner_{secrets.token_hex(4)}"
    address = replace(admin, database=await postgres.create_database())
    await _execute(address, f"CREATE ROLE {role}")
    await _execute(address, f"CREATE TABLE thought (); ALTER TABLE thought OWNER TO {role}")
    client, made = await _dumped(engine, address, tmp_path)
    has = await restore.server(admin, client)
    assert has.free is not None
    assert has.free > 0
    assert refusals(made.manifest, has, address.database) == []
    await _execute(address, f"DROP OWNED BY {role}; DROP ROLE {role}")
    strange = replace(made.manifest, server=made.manifest.server + 10_000, extensions={"not_there": "1"})
    assert refusals(strange, await restore.server(admin, client), address.database) == [
        f"it is of PostgreSQL {has.major + 1}, the server is {has.major}",
        f"the server has no role {role}",
        "the server has no extension not_there",
    ]


SLOW = """
CREATE FUNCTION slowly(n int) RETURNS int LANGUAGE plpgsql IMMUTABLE
    AS 'BEGIN PERFORM pg_sleep(0.025); RETURN n; END';
CREATE TABLE thought AS SELECT n FROM generate_series(1, 60) n;
CREATE INDEX slow ON thought (slowly(n));
"""
TIME_OUTS = (
    "SELECT name FROM pg_settings WHERE name IN ('statement_timeout', 'transaction_timeout', 'lock_timeout',"
    " 'idle_in_transaction_session_timeout')"
)


async def test_time_outs_that_are_set_for_the_role_cut_nothing(
    engine: Engine, admin: Address, postgres: Any, tmp_path: Path
) -> None:
    role, name = f"hasty_{secrets.token_hex(4)}", await postgres.create_database()
    await _execute(admin, f"CREATE ROLE {role} LOGIN CREATEDB PASSWORD 'its own'")
    await _execute(admin, f"ALTER DATABASE {name} OWNER TO {role}")
    hasty = replace(admin, user=role, password="its own")
    address = replace(hasty, database=name)
    await _execute(address, SLOW)
    connection = await connect(admin)
    try:
        for row in await connection.fetch(TIME_OUTS):
            await connection.execute(f"ALTER ROLE {role} SET {row['name']} TO '1s'")
    finally:
        await connection.close()
    with pytest.raises(asyncpg.PostgresError, match="timeout"):
        await _execute(address, "SELECT slowly(n) FROM thought")
    manifest = await take(address, "SELECT 'r7' FROM pg_sleep(1.5)", timeout=60, tell=lambda _: None)
    assert manifest.revision == "r7"
    client, made = await _dumped(engine, address, tmp_path)
    into = f"{name}_restore_1"
    await _brought_back(engine, client, hasty, made, into)
    found = await take(replace(hasty, database=into), None, timeout=60, tell=lambda _: None)
    assert differences(made.manifest, found) == []


@pytest.fixture
async def places(admin: Address, postgres: Any) -> Places:
    """Two databases that know which they are."""
    live, source = await postgres.create_database(), await postgres.create_database()
    for name in (live, source):
        word = "old" if name == live else "new"
        await _execute(replace(admin, database=name), f"CREATE TABLE which AS SELECT '{word}' AS word")
    return Places(live=live, source=source, aside=f"{live}_before_1")


async def test_a_swap_under_clients_that_never_stop(admin: Address, places: Places) -> None:
    live = replace(admin, database=places.live)
    seen: asyncio.Queue[str] = asyncio.Queue()

    async def ask() -> None:
        """A client as applications are: it connects anew where it was cut off."""
        while True:
            try:
                connection = await connect(live)
                try:
                    while True:
                        seen.put_nowait(await connection.fetchval("SELECT word FROM which"))
                finally:
                    connection.terminate()
            except (JournalUnreachable, asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
                await asyncio.sleep(0.01)

    clients = [asyncio.create_task(ask()) for _ in range(4)]
    try:
        async with asyncio.timeout(60):
            assert {await seen.get() for _ in range(20)} == {"old"}
            await restore.swap(admin, places)
            words = [await seen.get()]
            while words[-20:] != ["new"] * 20:
                words.append(await seen.get())
    finally:
        await end(clients)
    assert sorted(words, reverse=True) == words, "never the old one again"
    assert places.swapped(await restore.databases(admin)) is True
    with pytest.raises(JournalUnreachable, match="not currently accepting connections"):
        await _value(replace(admin, database=places.aside), "SELECT 1")
    await restore.swap(admin, places.back)
    await restore.open_up(admin, places.live)
    assert await _value(live, "SELECT word FROM which") == "old"


async def test_a_swap_that_is_cut_half_way_changes_nothing(admin: Address, places: Places) -> None:
    nowhere = replace(places, source="not_there")
    with pytest.raises(restore.RestoreFailed, match='database "not_there" does not exist'):
        await restore.swap(admin, nowhere)
    live = replace(admin, database=places.live)
    assert await _value(live, "SELECT word FROM which") == "old"
    assert places.swapped(await restore.databases(admin)) is False
    blocker = await connect(admin)
    holding = blocker.transaction()
    await holding.start()
    await blocker.execute(f'ALTER DATABASE "{places.source}" RENAME TO in_the_way')
    swapping = asyncio.create_task(restore.swap(admin, places))
    await _waits(admin)
    await end([swapping])
    await holding.rollback()
    await blocker.close()
    assert await _value(live, "SELECT word FROM which") == "old"
    assert places.swapped(await restore.databases(admin)) is False


async def _waits(admin: Address) -> None:
    """Until the first rename is done and the second waits."""
    query = (
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'vnext-pipeline restore'"
        " AND wait_event_type = 'Lock'"
    )
    async with asyncio.timeout(60):
        while not await _value(admin, query):  # noqa: ASYNC110 - a wait inside PostgreSQL is no event
            await asyncio.sleep(0.02)
