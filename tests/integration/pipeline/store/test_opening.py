"""The journal's database is made and migrated by whoever comes first."""

import asyncio
import contextlib
import secrets
import time
from dataclasses import replace

import asyncpg
import pytest

from pipeline.model.states import RunKind, Source
from pipeline.store.connect import Address, JournalUnreachable, connect
from pipeline.store.migration import JournalTooNew, known, newest
from pipeline.store.pool import open_pool
from pipeline.store.store import open_store


@pytest.fixture
def missing(address: Address) -> Address:
    return replace(address, database=f"journal {secrets.token_hex(4)}")


async def _applied(address: Address) -> list[int]:
    connection = await connect(address)
    try:
        rows = await connection.fetch("SELECT version FROM schema_migrations ORDER BY version")
    finally:
        await connection.close()
    return [row["version"] for row in rows]


async def test_the_database_is_made_where_it_is_missing(missing: Address) -> None:
    async with open_store(missing) as store:
        await store.releases.project("agent", "https://example.org/app.git", "main")
    async with open_store(missing) as store:
        assert (await store.releases.project_by_name("agent")) is not None
    assert await _applied(missing) == [migration.number for migration in known()]


async def test_many_who_start_at_once_make_and_migrate_it_once(missing: Address) -> None:
    pools = await asyncio.gather(*(open_pool(missing) for _ in range(5)))
    try:
        assert await _applied(missing) == [migration.number for migration in known()]
        assert [await pool.fetchval("SELECT count(*) FROM projects") for pool in pools] == [0] * 5
    finally:
        await asyncio.gather(*(pool.close() for pool in pools))


async def test_what_is_there_stays_at_the_next_start(address: Address) -> None:
    async with open_store(address) as store:
        project = await store.releases.project("agent", "https://example.org/app.git", "main")
        run = await store.runs.request(project.id, RunKind.BACKUP, source=Source.CLI, by="tester")
    async with open_store(address) as store:
        assert await store.runs.get(run.id) == run


async def _come_from_newer_code(address: Address, works_with: int) -> None:
    (await open_pool(address)).terminate()
    connection = await connect(address)
    try:
        await connection.execute(
            "INSERT INTO schema_migrations (version, works_with) VALUES (9998, 9), (9999, $1)", works_with
        )
    finally:
        await connection.close()


async def test_a_newer_schema_that_this_code_does_not_work_with_is_refused(address: Address) -> None:
    await _come_from_newer_code(address, newest() + 1)
    with pytest.raises(JournalTooNew) as caught:
        await open_pool(address)
    assert caught.value.what == (
        f"The journal's schema is at 9999 and works with no code that knows less than {newest() + 1};"
        f" this version knows {newest()}."
    )
    assert caught.value.advice.endswith(f"python -m pipeline migrate --to {newest()}.")


async def test_a_newer_schema_that_this_code_works_with_stays_as_it_is(address: Address) -> None:
    await _come_from_newer_code(address, newest())
    async with open_store(address) as store:
        await store.releases.project("agent", "https://example.org/app.git", "main")
    assert await _applied(address) == [*(migration.number for migration in known()), 9998, 9999]


async def test_where_nobody_listens(address: Address) -> None:
    nowhere = replace(address, port=1)
    with pytest.raises(JournalUnreachable) as caught:
        await open_pool(nowhere)
    assert caught.value.what.startswith(f"The journal {nowhere!r} cannot be reached: ")
    assert "Check that PostgreSQL runs" in caught.value.advice
    if address.password:
        assert address.password not in str(caught.value)


async def test_who_may_not_make_a_database_is_told_so(missing: Address, address: Address) -> None:
    role = f"poor_{secrets.token_hex(4)}"
    connection = await connect(address)
    try:
        await connection.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'test-password' NOCREATEDB")
        try:
            with pytest.raises(JournalUnreachable) as caught:
                await open_pool(replace(missing, user=role, password="test-password"))
        finally:
            await connection.execute(f"DROP ROLE {role}")
    finally:
        await connection.close()
    assert f"it does not exist and {role} may not create it" in caught.value.what


async def test_a_statement_cut_at_any_moment_leaves_no_transaction_behind(address: Address) -> None:
    left = "SELECT query FROM pg_stat_activity WHERE application_name = 'cut' AND xact_start IS NOT NULL"
    async with open_store(address, name="cut") as store, open_store(address) as other:
        for turn in range(100):
            task = asyncio.create_task(store.pool.fetchrow(f"SELECT {turn} AS of_this_turn_alone"))
            for _ in range(turn % 8):
                await asyncio.sleep(0)
            time.sleep(0.005)  # noqa: ASYNC251 - the answer is there, and the driver has not read it
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            assert await other.pool.fetch(left) == []


async def test_a_session_of_which_a_statement_failed_is_reset_before_its_next_use(address: Address) -> None:
    async with open_store(address) as store:
        async with store.pool.acquire() as session:
            await session.execute("SET work_mem = '1MB'")
        assert await store.pool.fetchval("SHOW work_mem") == "1MB"
        with pytest.raises(asyncpg.DivisionByZeroError):
            await store.pool.fetchval("SELECT 1 / 0")
        assert await store.pool.fetchval("SHOW work_mem") != "1MB"
