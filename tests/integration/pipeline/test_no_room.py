"""PostgreSQL whose disk is full: what is to be told to the journal waits for room, as it does for a server
that is away."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from pipeline.engine.disk import DiskJournal
from pipeline.engine.record import Record
from pipeline.model.states import RunKind, Source
from pipeline.store.connect import NO_ROOM, Address
from pipeline.store.store import open_store
from tests.integration.pipeline.stack import PATIENCE
from tests.postgres_server import running_postgres

LONG = "x" * 100_000


async def test_what_a_run_tells_waits_for_room(tmp_path: Path, images: Any) -> None:
    with running_postgres(images.postgres, room="size=180m") as server:
        address = Address(
            host=server.host, port=server.port, user=server.user, password=server.password, database="journal"
        )
        async with open_store(address) as store:
            project = await store.releases.project("agent", "/srv/git/agent", "main")
            run = await store.runs.request(project.id, RunKind.BACKUP, source=Source.CLI, by="tester")
            record = Record(store.runs, run, DiskJournal(tmp_path / "unwritten", "agent"))
            tried, refused = 0, asyncio.Event()

            async def tell() -> None:
                nonlocal tried
                tried += 1
                try:
                    for number in range(20):
                        await store.audit.write("tester", "tells", run=run.id, number=number, words=LONG)
                except NO_ROOM:
                    refused.set()
                    raise

            filler = await asyncpg.connect(
                host=server.host, port=server.port, user=server.user, password=server.password
            )
            try:
                await filler.execute("CREATE UNLOGGED TABLE filler (words text STORAGE PLAIN)")
                for rows in (500, 1):
                    with pytest.raises(NO_ROOM):
                        await _fill(filler, rows)
                telling = asyncio.create_task(record.back(tell))
                async with asyncio.timeout(PATIENCE):
                    await refused.wait()
                    assert not telling.done()
                    await filler.execute("TRUNCATE filler")
                    await telling
            finally:
                await filler.close()
            assert tried > 1
            assert len(await store.audit.of_run(run.id, 100)) >= 20


async def _fill(filler: asyncpg.Connection, rows: int) -> None:
    while True:
        await filler.execute(
            "INSERT INTO filler SELECT repeat('x', 7000) FROM generate_series(1, $1::int)", rows
        )
