"""The schema goes up and down, on a real server: by the migrations of this code and by made-up ones."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import asyncpg
import pytest

from pipeline.cancelling import end
from pipeline.model.states import RunKind, Source
from pipeline.store import migrating, schema
from pipeline.store.connect import Address, JournalUnreachable, connect
from pipeline.store.migration import (
    JournalTooNew,
    Migration,
    MigrationFailed,
    NoWayDown,
    known,
    newest,
    read,
)
from pipeline.store.store import open_store
from tests.integration.pipeline.store.test_schema import schema_of

FUNCTIONS = """
SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY proname
"""
NOW = newest()
PATIENCE = 60.0


def _above(number: int, name: str, up: str, down: str | None = None, *, works_with: int) -> Migration:
    """The one that is `number` above the newest of this code."""
    return read(f"{NOW + number:04}", name, f"-- works with: {works_with:04}\n{up}", down)


ADDS = _above(1, "adds", "ALTER TABLE runs ADD COLUMN mood text;", works_with=NOW)
RENAMES = _above(
    2,
    "renames",
    "ALTER TABLE runs RENAME COLUMN requested_by TO who; CREATE TABLE moods (id int PRIMARY KEY);",
    "DROP TABLE moods; ALTER TABLE runs RENAME COLUMN who TO requested_by;",
    works_with=NOW + 2,
)
FILLS = _above(
    3,
    "fills",
    "INSERT INTO moods VALUES (1); ALTER TABLE moods ADD COLUMN word text;",
    "ALTER TABLE moods DROP COLUMN word; DELETE FROM moods;",
    works_with=NOW + 2,
)
NEWER = [*known(), ADDS, RENAMES, FILLS]


@pytest.fixture
async def connection(address: Address) -> AsyncIterator[asyncpg.Connection]:
    connection = await connect(address)
    yield connection
    await connection.close()


async def _looks(address: Address) -> str:
    connection = await connect(address)
    try:
        functions = [row[0] for row in await connection.fetch(FUNCTIONS)]
        return "\n".join([await schema_of(connection), *functions])
    finally:
        await connection.close()


async def _at(address: Address) -> int:
    return (await schema.standing(address)).at


@pytest.mark.parametrize("migration", [each for each in known() if each.down is not None], ids=str)
async def test_a_down_file_takes_the_schema_to_what_it_was(address: Address, migration: Migration) -> None:
    before = migration.number - 1
    assert await schema.go_up(address, to=before) == list(range(1, migration.number))
    was = await _looks(address)
    assert await schema.go_up(address, to=migration.number) == [migration.number]
    became = await _looks(address)
    assert became != was
    assert await schema.go_down(address, before) == [migration.number]
    assert await _looks(address) == was
    await schema.go_up(address, to=migration.number)
    assert await _looks(address) == became


async def test_only_what_the_older_code_cannot_work_with_is_undone_and_it_goes_on(address: Address) -> None:
    async with open_store(address) as store:
        project = await store.releases.project("agent", "https://example.org/app.git", "main")
        run = await store.runs.request(project.id, RunKind.BACKUP, source=Source.CLI, by="tester")
    assert await schema.go_up(address, NEWER) == [NOW + 1, NOW + 2, NOW + 3]
    highest = await _looks(address)
    with pytest.raises(JournalTooNew):
        async with open_store(address):
            pass
    assert not (await schema.standing(address)).shared_with(NOW)
    assert await schema.go_down_for(address, NOW + 2, NEWER) == []

    assert await schema.go_down_for(address, NOW, NEWER) == [NOW + 3, NOW + 2]
    assert await _at(address) == NOW + 1, "what only adds stays"
    async with open_store(address) as store:
        assert await store.runs.get(run.id) == run
        second = await store.releases.project("other", "https://example.org/other.git", "main")
        await store.runs.request(second.id, RunKind.BACKUP, source=Source.CLI, by="tester")
    assert await schema.pending(address) == ()

    assert await schema.go_up(address, NEWER) == [NOW + 2, NOW + 3]
    assert await _looks(address) == highest


async def test_what_nothing_undoes_is_refused_before_anything_is_undone(address: Address) -> None:
    await schema.go_up(address, NEWER)
    highest = await _looks(address)
    with pytest.raises(NoWayDown) as caught:
        await schema.go_down(address, NOW, NEWER)
    assert caught.value.what == (
        f"The journal's schema cannot go down from {NOW + 3} to {NOW}: nothing undoes {NOW + 1:04}."
    )
    with pytest.raises(NoWayDown, match=f"this version does not know {NOW + 1:04}, {NOW + 2:04}"):
        await schema.go_down(address, NOW - 1)
    assert await _looks(address) == highest


HALF = "CREATE TABLE half (id int);"
UP = [*known(), ADDS, RENAMES, replace(FILLS, up=f"{HALF} ALTER TABLE moods ADD COLUMN word text;")]
DOWN = [
    *known(),
    ADDS,
    replace(RENAMES, down=f"{HALF} DROP TABLE moods;"),
    replace(FILLS, down="DELETE FROM moods;"),
]


async def _until_one_waits(connection: asyncpg.Connection) -> None:
    """For a table that this connection holds."""
    async with asyncio.timeout(PATIENCE):
        while not await connection.fetchval("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)"):  # noqa: ASYNC110
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("killed", [True, False], ids=["killed", "cancelled"])
@pytest.mark.parametrize("down", [True, False], ids=["down", "up"])
async def test_cut_half_way_through_a_migration_the_schema_is_at_a_whole_number(
    address: Address,
    connection: asyncpg.Connection,
    down: bool,
    killed: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Up it is the migration to NOW + 3, down that from NOW + 2, after the one from NOW + 3 was undone."""
    monkeypatch.setattr(migrating, "_LOCK_WAIT", f"{PATIENCE:g}s")
    await schema.go_up(address, NEWER, to=NOW + 3 if down else NOW + 2)
    async with connection.transaction():
        await connection.execute("LOCK TABLE moods IN ACCESS SHARE MODE")
        moving = asyncio.create_task(
            schema.go_down(address, NOW + 1, DOWN) if down else schema.go_up(address, UP)
        )
        await _until_one_waits(connection)
        if killed:
            await connection.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE NOT granted")
            with pytest.raises(JournalUnreachable):
                await moving
        else:
            await end([moving])
            assert moving.cancelled()
    assert await _at(address) == NOW + 2
    assert "half" not in await _looks(address)
    done = await (schema.go_down(address, NOW + 1, NEWER) if down else schema.go_up(address, NEWER))
    assert done == ([NOW + 2] if down else [NOW + 3])


async def test_a_migration_that_fails_leaves_nothing_of_itself(address: Address) -> None:
    broken = _above(2, "broken", "CREATE TABLE half (id int); SELECT 1 / 0;", works_with=NOW)
    with pytest.raises(MigrationFailed) as caught:
        await schema.go_up(address, [*known(), ADDS, broken])
    assert caught.value.what == f"Migration {broken} of the journal failed: division by zero."
    assert caught.value.production.startswith(f"The journal's schema stays at {NOW + 1};")
    assert await _at(address) == NOW + 1
    assert "half" not in await _looks(address)


async def test_a_migration_gives_way_to_who_holds_its_table_and_comes_again(
    address: Address, connection: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrating, "_LOCK_WAIT", "50ms")
    await schema.go_up(address)
    async with connection.transaction():
        await connection.execute("LOCK TABLE runs IN SHARE MODE")
        with pytest.raises(MigrationFailed, match="others held what it changes"):
            await schema.go_up(address, NEWER)
    assert await _at(address) == NOW
    assert await schema.go_up(address, NEWER) == [NOW + 1, NOW + 2, NOW + 3]


async def test_a_journal_that_is_not_there_is_looked_at_and_not_made(address: Address) -> None:
    missing = replace(address, database=f"{address.database}_missing")
    standing = await schema.standing(missing)
    assert (standing.at, len(standing.pending)) == (0, NOW)
    with pytest.raises(JournalUnreachable):
        await schema.go_down(missing, 1)
