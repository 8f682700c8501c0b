"""Dumps of a real database: they come back, and what is not whole does not count."""

import hashlib
import re
import resource
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from pipeline.containers.engine import Engine
from pipeline.database.archive import read_whole, unpacking
from pipeline.database.client import Client, find_client
from pipeline.database.dump import DamagedDump, Dump, dump, manifest_of
from pipeline.database.manifest import Manifest
from pipeline.database.schema import RevisionUnknown, revision
from pipeline.database.sealing import BackupFailed
from pipeline.process import Command, CommandFailed, run_chain
from pipeline.store.connect import Address, connect
from pipeline.wording.words import size
from tests.integration.pipeline.dumps import address_of, execute, run_id, value

FILL = """
CREATE TABLE thought (id int PRIMARY KEY, words text NOT NULL, said timestamptz NOT NULL DEFAULT now());
INSERT INTO thought (id, words) SELECT n, md5(n::text) || ' ü ''\\' FROM generate_series(1, 20000) n;
CREATE TABLE alembic_version (version_num text);
INSERT INTO alembic_version VALUES ('0007');
"""
TABLES = {"public.alembic_version": 1, "public.thought": 20000}
ZSTD = bytes.fromhex("28b52ffd")
SUM = "SELECT md5(string_agg(thought::text, '|' ORDER BY id)) FROM thought"


@pytest.fixture
async def engine() -> AsyncIterator[Engine]:
    engine = Engine()
    yield engine
    engine.close()


@pytest.fixture
async def address(postgres: Any) -> Address:
    made = address_of(postgres, await postgres.create_database())
    await execute(made, FILL)
    return made


@pytest.fixture
async def client(engine: Engine, address: Address) -> Client:
    return await find_client(engine, address, "no such project")


async def _dump(engine: Engine, client: Client, into: Path, *, timeout: float = 120) -> Dump:
    told: list[str] = []
    number = run_id()
    made = await dump(
        engine,
        client,
        into,
        name=f"run-{number}-backup",
        run_id=number,
        timeout=timeout,
        redact=lambda text: text,
        tell=told.append,
    )
    tables = made.manifest.tables
    counting = [f"table {n} of {len(tables)} · {name}" for n, name in enumerate(tables, 1)]
    assert (told[0], told[-1]) == (f"dumping {client.address.database}", f"reading back {size(made.bytes)}")
    between = [line for line in told[1:-1] if not re.fullmatch(r"[\d.]+ k?B · dumping", line)]
    beside = dict.fromkeys(line.partition(", ")[2] for line in between)
    assert list(beside) == [*counting, f"all {len(tables)} tables counted · dumping"]
    assert all(re.match(r"[\d.]+ k?B, ", line) for line in between), told
    return made


async def test_a_dump_brings_everything_back(
    engine: Engine, client: Client, address: Address, postgres: Any, tmp_path: Path
) -> None:
    into = tmp_path / "backups" / "agent.dump.zst"
    made = await _dump(engine, client, into)
    content, beside = into.read_bytes(), manifest_of(into)
    told = Manifest.from_json(beside.read_text())
    hashes = [hashlib.sha256(data).hexdigest() for data in (content, beside.read_bytes())]
    assert (made.path, made.bytes, made.manifest) == (into, len(content), told)
    assert [made.sha256, made.manifest_sha256] == hashes
    assert {name: table.rows for name, table in told.tables.items()} == TABLES
    assert content.startswith(ZSTD)
    assert into.stat().st_mode & 0o077 == 0  # what is in the database is nobody else's to read
    assert sorted(into.parent.iterdir()) == [into, beside]
    other = replace(address, database=await postgres.create_database())
    number = run_id()
    restore = replace(client, address=other).command(
        f"run-{number}-restore", "pg_restore", "--no-password", f"--dbname={other.database}", run=number
    )
    await run_chain([*unpacking(into, None), restore], timeout=120, stdin_from=into, check=True)
    assert await value(other, SUM) == await value(address, SUM)
    assert await value(other, "SELECT count(*) FROM thought") == 20000


async def test_a_dump_of_an_empty_database_is_one_too(
    engine: Engine, address: Address, postgres: Any, tmp_path: Path
) -> None:
    empty = replace(address, database=await postgres.create_database())
    made = await _dump(
        engine, await find_client(engine, empty, "no such project"), tmp_path / "empty.dump.zst"
    )
    assert made.bytes > 0


def _garbled(content: bytes) -> bytes:
    middle = len(content) // 2
    flipped = bytes(byte ^ 0xFF for byte in content[middle : middle + 64])
    return content[:middle] + flipped + content[middle + 64 :]


DAMAGES = {
    "half of it": lambda content: content[: len(content) // 2],
    "without its end": lambda content: content[:-64],
    "garbled": _garbled,
    "nothing": lambda _: b"",
    "another file": lambda _: b"-- PostgreSQL database dump\nCREATE TABLE thought ();\n",
}


@pytest.mark.parametrize("damage", DAMAGES)
async def test_reading_back_finds_every_damage(
    engine: Engine, client: Client, tmp_path: Path, damage: str
) -> None:
    made = await _dump(engine, client, tmp_path / "whole.dump.zst")
    await _read(client, made.path)
    damaged = tmp_path / "damaged.dump.zst"
    damaged.write_bytes(DAMAGES[damage](made.path.read_bytes()))
    with pytest.raises(CommandFailed, match=r"^(zstd|pg_restore|docker) failed with exit code 1"):
        await _read(client, damaged)


async def _read(client: Client, file: Path) -> None:
    number = run_id()
    await read_whole(
        client, file, name=f"run-{number}-read", run_id=number, identity=None, timeout=120, redact=str
    )


@dataclass(frozen=True, kw_only=True)
class WithoutZstd(Client):
    """Its pg_dump says `refusal` where it is to pack by zstd, as those do that cannot."""

    refusal: str

    def command(
        self, name: str, program: str, *arguments: str, run: int, volume: str | None = None
    ) -> Command:
        if program != "pg_dump":
            return super().command(name, program, *arguments, run=run, volume=volume)
        script = f"""case "$*" in *zstd*) echo '{self.refusal}' >&2; exit 1;; esac; exec pg_dump "$@" """
        return super().command(name, "sh", "-c", script, "sh", *arguments, run=run, volume=volume)


@pytest.mark.parametrize(
    "refusal",
    [
        'pg_dump: error: invalid value "zstd:1" for option -Z/--compress',
        "pg_dump: error: this build does not support compression with zstd",
    ],
)
async def test_where_pg_dump_cannot_pack_it_is_packed_here(
    engine: Engine, client: Client, address: Address, tmp_path: Path, refusal: str
) -> None:
    older = WithoutZstd(address=address, server=client.server, refusal=refusal)
    by_itself = await _dump(engine, client, tmp_path / "newer.dump.zst")
    made = await _dump(engine, older, tmp_path / "older.dump.zst")
    sizes = []
    for each in (by_itself, made):
        archive = tmp_path / f"{each.path.name}.archive"
        await run_chain(unpacking(each.path, None), timeout=60, stdin_from=each.path, stdout_to=archive)
        sizes.append(archive.stat().st_size)
    assert sizes[0] * 1.2 < sizes[1]
    assert made.bytes < sizes[1] * 0.8
    assert made.manifest.tables == by_itself.manifest.tables


async def test_what_else_pg_dump_refuses_is_not_tried_again(
    engine: Engine, client: Client, address: Address, tmp_path: Path
) -> None:
    broken = WithoutZstd(address=address, server=client.server, refusal="pg_dump: error: no such thing")
    into = tmp_path / "backups" / "agent.dump.zst"
    with _fails(into) as told:
        await _dump(engine, broken, into)
    assert "no such thing" in told[0].what


@dataclass(frozen=True, kw_only=True)
class Careless(Client):
    """Dumps what lies in `file`, whatever that is; reads back as it should."""

    file: Path

    def command(
        self, name: str, program: str, *arguments: str, run: int, volume: str | None = None
    ) -> Command:
        if program == "pg_dump":
            return Command(argv=("cat", str(self.file)))
        return super().command(name, program, *arguments, run=run, volume=volume)


class Unread(Client):
    """Where the container that is to read it back cannot be made."""

    def command(
        self, name: str, program: str, *arguments: str, run: int, volume: str | None = None
    ) -> Command:
        if program == "pg_restore":
            return Command(argv=("sh", "-c", "cat > /dev/null; exit 125"))
        return super().command(name, program, *arguments, run=run, volume=volume)


async def test_a_dump_that_cannot_be_read_back_is_kept_as_evidence(
    engine: Engine, client: Client, address: Address, tmp_path: Path
) -> None:
    made = await _dump(engine, client, tmp_path / "whole.dump.zst")
    damaged, archive = tmp_path / "damaged", tmp_path / "archive"
    await run_chain(unpacking(made.path, None), timeout=60, stdin_from=made.path, stdout_to=archive)
    assert archive.read_bytes()[:5] == b"PGDMP"
    damaged.write_bytes(DAMAGES["half of it"](archive.read_bytes()))
    careless = Careless(address=address, server=client.server, file=damaged)
    into = tmp_path / "backups" / "agent.dump.zst"
    with pytest.raises(DamagedDump) as caught:
        await _dump(engine, careless, into)
    made = caught.value.made
    assert sorted(into.parent.iterdir()) == [into, manifest_of(into)]
    assert (made.path, made.bytes) == (into, into.stat().st_size)
    assert made.sha256 == hashlib.sha256(into.read_bytes()).hexdigest()
    assert caught.value.problem.startswith("it cannot be read back: ")
    assert "could not read from input file" in caught.value.problem
    assert caught.value.production == "Production was not touched: the live release keeps serving."


async def test_a_dump_that_nobody_could_read_back_leaves_nothing(
    engine: Engine, client: Client, address: Address, tmp_path: Path
) -> None:
    away = Unread(address=address, server=client.server)
    into = tmp_path / "backups" / "agent.dump.zst"
    with _fails(into) as told:
        await _dump(engine, away, into)
    assert "failed with exit code 125" in told[0].what


@contextmanager
def _fails(into: Path) -> Iterator[list[BackupFailed]]:
    told: list[BackupFailed] = []
    with pytest.raises(BackupFailed) as caught:
        yield told
    told.append(caught.value)
    assert not into.exists()
    if into.parent.is_dir():
        assert list(into.parent.iterdir()) == []
    assert caught.value.production == "Production was not touched: the live release keeps serving."


async def test_who_is_not_let_in_gets_no_dump_and_no_file(
    engine: Engine, client: Client, address: Address, tmp_path: Path
) -> None:
    stranger = replace(client, address=replace(address, user="nobody_here", password="open sesame"))
    into = tmp_path / "backups" / "agent.dump.zst"
    with _fails(into) as told:
        await _dump(engine, stranger, into)
    assert told[0].what.startswith(f"The backup of {address.database} failed: ")
    assert "nobody_here" in told[0].what
    assert "open sesame" not in str(told[0])
    assert told[0].advice == "Mend what the last lines name; without a backup nothing is deployed."


async def test_what_may_not_be_read_is_not_left_out(
    engine: Engine, client: Client, address: Address, tmp_path: Path
) -> None:
    role = f"poor_{secrets.token_hex(4)}"
    await execute(address, f"CREATE ROLE {role} LOGIN PASSWORD 'test-password'")
    try:
        poor = replace(client, address=replace(address, user=role, password="test-password"))
        into = tmp_path / "backups" / "agent.dump.zst"
        with _fails(into) as told:
            await _dump(engine, poor, into)
        assert "permission denied for table" in told[0].what
    finally:
        await execute(address, f"DROP ROLE {role}")


async def test_a_database_that_is_not_there(
    engine: Engine, client: Client, address: Address, tmp_path: Path
) -> None:
    into = tmp_path / "backups" / "agent.dump.zst"
    with _fails(into) as told:
        await _dump(engine, replace(client, address=replace(address, database="not_there")), into)
    assert 'database "not_there" does not exist' in told[0].what


async def test_where_state_dir_cannot_be_written(engine: Engine, client: Client, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    into = tmp_path / "file" / "backups" / "agent.dump.zst"
    with _fails(into) as told:
        await _dump(engine, client, into)
    assert "could not be written: " in told[0].what
    assert told[0].advice == "See that STATE_DIR is writable and has room."


async def test_where_there_is_no_room(
    engine: Engine, client: Client, address: Address, tmp_path: Path
) -> None:
    into = tmp_path / "backups" / "agent.dump.zst"
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024, before[1]))
    try:
        with _fails(into) as told:
            await _dump(engine, client, into)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert told[0].what.startswith(f"The backup of {address.database} failed: ")


async def test_a_dump_has_an_end(engine: Engine, client: Client, address: Address, tmp_path: Path) -> None:
    """Here it waits for a lock that nobody gives back."""
    holder = await connect(address)
    into = tmp_path / "backups" / "agent.dump.zst"
    try:
        async with holder.transaction():
            await holder.execute("LOCK thought IN ACCESS EXCLUSIVE MODE")
            with _fails(into) as told:
                await _dump(engine, client, into, timeout=3)
    finally:
        await holder.close()
    assert "did not end within 3 s" in told[0].what


async def test_an_older_backup_stays_when_a_newer_one_fails(
    engine: Engine, client: Client, address: Address, tmp_path: Path
) -> None:
    into = tmp_path / "agent.dump.zst"
    made = await _dump(engine, client, into)
    with pytest.raises(BackupFailed):
        await _dump(engine, replace(client, address=replace(address, database="not_there")), into)
    assert hashlib.sha256(into.read_bytes()).hexdigest() == made.sha256


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("SELECT version_num FROM alembic_version", "0007"),
        ("SELECT max(id) FROM thought", "20000"),
        ("SELECT version_num FROM alembic_version WHERE false", None),
        ("SELECT version FROM not_there_yet", None),
    ],
)
async def test_the_revision_of_the_schema(address: Address, query: str, found: str | None) -> None:
    assert await revision(address, query) == found


@pytest.mark.parametrize(
    "query", ["SELECT 1 / 0", "SELECT missing FROM thought", "DELETE FROM thought RETURNING id"]
)
async def test_a_query_that_gives_no_revision(address: Address, query: str) -> None:
    with pytest.raises(RevisionUnknown) as caught:
        await revision(address, query)
    assert caught.value.what.startswith(f"The schema's revision could not be read ({query}): ")
    assert await value(address, "SELECT count(*) FROM thought") == 20000
