"""One executor, on real processes and a real PostgreSQL."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import asyncpg
import docker
import pytest

import pipeline.engine.lockfile as lockfile
from pipeline.engine.lock import hold
from pipeline.engine.lockfile import holder
from pipeline.model.executor import Executor, Held
from pipeline.store.connect import Address
from pipeline.store.store import open_store
from tests.postgres_server import running_postgres

PATIENCE = 20.0
HOLD = """
import asyncio, json, sys
from pathlib import Path
from pipeline.engine.lock import hold
from pipeline.process import Command, inheriting, run
from pipeline.store.connect import Address

async def main():
    directory, journal, child = Path(sys.argv[1]), Address(**json.loads(sys.argv[2])), sys.argv[3:]
    async with hold(directory, "sample", "worker", journal) as lock:
        lock.file.tell("run 7 (deploy) at stage build")
        with inheriting(lock.file.descriptor):
            print("held", flush=True)
            if child:
                await run(Command(argv=tuple(child)), timeout=600)
            await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.fixture
async def journal(postgres: Any) -> Address:
    return await _journal(postgres)


async def _journal(server: Any) -> Address:
    address = Address(
        host=server.host,
        port=server.port,
        user=server.user,
        password=server.password,
        database=await server.create_database(),
    )
    async with open_store(address):
        return address


@contextlib.contextmanager
def _other(directory: Path, journal: Address, *child: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock, with a child command where one is given."""
    argv = [sys.executable, "-c", HOLD, str(directory), json.dumps(asdict(journal)), *child]
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "held\n"
        yield process
    finally:
        process.send_signal(signal.SIGCONT)
        process.kill()
        process.wait()
        process.stdout.close()


async def _acquired(directory: Path, journal: Address) -> None:
    """Waits until the lock can be had."""
    async with asyncio.timeout(PATIENCE):
        while True:
            with contextlib.suppress(Held):
                async with hold(directory, "sample", "worker", journal):
                    return
            await asyncio.sleep(0.05)


async def _refused(directory: Path, journal: Address) -> Executor:
    with pytest.raises(Held) as refused:
        async with hold(directory, "sample", "rollback --local", journal):
            pytest.fail("two executors")
    return refused.value.holder


async def test_a_second_one_is_told_who_holds_it_where_since_when_and_at_what(
    tmp_path: Path, journal: Address
) -> None:
    with _other(tmp_path, journal) as other:
        found = await _refused(tmp_path, journal)
        assert (found.name, found.pid, found.doing) == ("worker", other.pid, "run 7 (deploy) at stage build")
        assert found.since is not None
        said = str(Held(found))
        assert said.startswith(
            f"The project is held by worker on {found.host} (process {other.pid}) since 20"
        )
        assert "run 7 (deploy) at stage build" in said


async def test_death_frees_it(tmp_path: Path, journal: Address) -> None:
    with _other(tmp_path, journal) as other:
        other.kill()
        other.wait()
        await _acquired(tmp_path, journal)


async def test_a_holder_that_is_stopped_keeps_it(tmp_path: Path, journal: Address) -> None:
    with _other(tmp_path, journal) as other:
        other.send_signal(signal.SIGSTOP)
        assert (await _refused(tmp_path, journal)).pid == other.pid
        assert (await _refused(tmp_path / "elsewhere", journal)).pid == other.pid
        other.send_signal(signal.SIGCONT)
        assert (await _refused(tmp_path, journal)).pid == other.pid


async def test_the_child_of_a_dead_holder_is_waited_for(tmp_path: Path, journal: Address) -> None:
    trace = tmp_path / "child-ended"
    began = tmp_path / "child-began"
    with _other(tmp_path, journal, "sh", "-c", f"touch {began}; sleep 2; echo done > {trace}") as other:
        async with asyncio.timeout(PATIENCE):
            while not began.exists():  # noqa: ASYNC110 - a file of another process tells nobody
                await asyncio.sleep(0.02)
        other.kill()
        other.wait()
        await _acquired(tmp_path, journal)
        assert trace.read_text() == "done\n"


async def test_the_child_of_a_dead_holder_that_does_not_end_is_ended(
    tmp_path: Path, journal: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lockfile, "ORPHAN_SECONDS", 0.5)
    trace = tmp_path / "child-ended"
    with _other(tmp_path, journal, "sh", "-c", f"sleep 600; echo done > {trace}") as other:
        other.kill()
        other.wait()
        await _acquired(tmp_path, journal)
    assert not trace.exists()


async def test_with_another_folder_postgresql_keeps_them_apart(tmp_path: Path, journal: Address) -> None:
    async with hold(tmp_path / "one", "sample", "worker", journal) as lock:
        found = await _refused(tmp_path / "two", journal)
        assert (found.name, found.doing) == ("worker", None)
        async with hold(tmp_path / "two", "another-project", "worker", journal):
            pass
        assert not lock.lost.is_set()
    await _acquired(tmp_path / "two", journal)


@pytest.fixture(scope="module")
def own_postgres(images: Any) -> Iterator[Any]:
    with running_postgres(images.postgres) as server:
        yield server


async def _cut(address: Address) -> None:
    """Breaks all connections of the server, as its restart does."""
    connection = await asyncpg.connect(
        host=address.host,
        port=address.port,
        user=address.user,
        password=address.password,
        database="postgres",
    )
    try:
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
    finally:
        await connection.close()


async def test_when_postgresql_drops_the_lock_nobody_gets_in_and_it_is_taken_anew(
    tmp_path: Path, own_postgres: Any
) -> None:
    journal = await _journal(own_postgres)
    async with hold(tmp_path / "one", "sample", "worker", journal) as lock:
        for losses in (1, 2):
            await _cut(journal)
            async with asyncio.timeout(PATIENCE):
                while lock.losses < losses:  # noqa: ASYNC110 - a count of the keeper, which tells no event
                    await asyncio.sleep(0.01)
            await _refused(tmp_path / "one", journal)
            await _refused(tmp_path / "two", journal)
            assert not lock.lost.is_set()
        assert not lock.lost.is_set()


async def test_the_server_may_be_away_while_the_lock_is_held(tmp_path: Path, own_postgres: Any) -> None:
    journal = await _journal(own_postgres)
    client = docker.from_env()
    container = client.containers.get(own_postgres.container_id)
    try:
        async with hold(tmp_path / "one", "sample", "worker", journal) as lock:
            container.pause()
            try:
                held = holder(tmp_path / "one", "sample")
                with pytest.raises(Held) as refused:
                    async with hold(tmp_path / "one", "sample", "rollback --local", journal):
                        pytest.fail("two executors")
                assert refused.value.holder == held
            finally:
                container.unpause()
            assert not lock.lost.is_set()
    finally:
        client.close()


def test_who_holds_it_is_unknown_before_it_was_told(tmp_path: Path) -> None:
    unknown = holder(tmp_path, "sample")
    assert unknown == replace(unknown, name="an executor that is just starting", since=None)
    (tmp_path / "sample.holder").write_text("{")
    assert holder(tmp_path, "sample") == unknown
