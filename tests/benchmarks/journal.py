"""The journal: what its writes cost, how soon the bot hears of them, and whether its past slows it down.

`ratio` is a stage's two writes, as the driver makes them, over as many bare INSERTs, on a PostgreSQL that
syncs each commit to disk. `notify_ms` is from asking for a write until who waits in the bot is woken, the
commit among it. `status_ms` is what /status and one look of the bot for cards to mend take with a long past.
"""

from __future__ import annotations

import contextlib
import statistics
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import asyncpg

from bot.handlers import status
from bot.home import Home
from bot.subjects import Subjects
from demo.machine.images import ensure_images
from pipeline.freeze import Freeze
from pipeline.model.release import Project
from pipeline.model.results import Pulled
from pipeline.model.run import Run
from pipeline.model.states import ExitCode, RunKind, RunState, Source, StageName, StageState
from pipeline.quiet import Quiet
from pipeline.store.connect import Address, connect
from pipeline.store.store import Store, open_store
from tests.journal_history import ASKED, CHAT, PROJECT, lay_history, plan
from tests.postgres_server import PostgresServer, running_postgres

RUNS = 30
NOTIFICATIONS = 300
LOOKS = 100
EVENTS = 50
SHORT, LONG = 1_000, 100_000
"""Runs in the two pasts; with EVENTS each, the long one has five million."""

STAGES = list(StageName)[:12]
PLAIN = "CREATE TABLE plain (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, what text NOT NULL)"
BARE = "INSERT INTO plain (what) VALUES ($1)"
RESULT = Pulled(sha="a" * 40, branch="main", subject="A change", source="/source", commits=[], commit_count=1)


async def main() -> None:
    with running_postgres(ensure_images().postgres, durable=True) as server:
        async with _journal(server) as (store, project, address):
            settings = [await store.pool.fetchval(f"SHOW {name}") for name in ("fsync", "synchronous_commit")]
            print(f"writes: fsync {settings[0]}, synchronous_commit {settings[1]}")
            ratio = await _writes(store, project)
            notify = await _news(store, project, address)
        short, _ = await _asked(server, SHORT)
        long, plans = await _asked(server, LONG)
    print("\n".join(plans))
    print(f"/status and cards: {short:.1f} ms with {SHORT} runs, {long:.1f} ms with {LONG}")
    print(f"journal: ratio={ratio:.2f} notify_ms={notify:.1f} status_ms={long:.1f}")


@contextlib.asynccontextmanager
async def _journal(server: PostgresServer) -> AsyncIterator[tuple[Store, Project, Address]]:
    """An empty journal of its own."""
    address = Address(
        host=server.host,
        port=server.port,
        user=server.user,
        password=server.password,
        database=await server.create_database(),
    )
    async with open_store(address) as store:
        project = await store.releases.project("agent", "https://example.org/app.git", "main")
        yield store, project, address


async def _taken(store: Store, project: Project) -> Run:
    asked = await store.runs.request(project.id, RunKind.DEPLOY, source=Source.CLI, by="bench")
    run = await store.runs.claim(asked.id)
    assert run is not None
    await store.runs.lay(run.id, run.epoch, STAGES)
    return run


async def _finish(store: Store, run: Run) -> None:
    await store.runs.finish(run.id, run.epoch, RunState.SUCCEEDED, ExitCode.SUCCESS, None)


async def _writes(store: Store, project: Project) -> float:
    """Stage by stage in turn with two INSERTs, so that a slow moment of the disk meets both."""
    await store.pool.execute(PLAIN)
    ours, bare = [], []
    for _ in range(RUNS):
        run = await _taken(store, project)
        for position, stage in enumerate(STAGES, 1):
            began = time.perf_counter()
            await store.runs.begin(run.id, run.epoch, stage, position)
            await store.runs.end(run.id, run.epoch, stage, StageState.SUCCEEDED, RESULT)
            ours.append(time.perf_counter() - began)
            began = time.perf_counter()
            await store.pool.execute(BARE, "begun")
            await store.pool.execute(BARE, "ended")
            bare.append(time.perf_counter() - began)
        await _finish(store, run)
    print(
        f"a stage's two writes: {_ms(ours):.2f} ms; two bare INSERTs: {_ms(bare):.2f} ms; {len(ours)} of each"
    )
    return _ms(ours) / _ms(bare)


async def _news(store: Store, project: Project, address: Address) -> float:
    """Writes on one journal's connections, heard on another's, as worker and bot do."""
    took = []
    run = await _taken(store, project)
    async with open_store(address) as bot, bot.news.subscribe() as news:
        await news.wait()  # the wake-up of the listener's own start
        for number in range(NOTIFICATIONS):
            began = time.perf_counter()
            await store.runs.begin(run.id, run.epoch, STAGES[number % len(STAGES)], 1)
            await news.wait()
            took.append(time.perf_counter() - began)
    await _finish(store, run)
    print(f"from a write to the bot: {_ms(took):.2f} ms, at worst {max(took) * 1000:.1f} ms")
    return _ms(took)


async def _asked(server: PostgresServer, runs: int) -> tuple[float, list[str]]:
    """Milliseconds of /status and one look for cards with so many runs, one under way; the plans of both."""
    began = time.perf_counter()
    async with _journal(server) as (store, project, address):
        connection = await connect(address)
        await lay_history(connection, project.id, runs=runs, events=EVENTS)
        print(
            f"{runs} runs and {runs * EVENTS} events laid in {time.perf_counter() - began:.0f} s", flush=True
        )
        await store.history.move_known_since()  # as the worker does each day
        await _taken(store, project)
        subjects = Subjects(store, project.id, Home(store.chats, CHAT), _now, Freeze(), Quiet())
        took = []
        for _ in range(LOOKS):
            began = time.perf_counter()
            await status.card(store, project, _now())
            await subjects.to_tell()
            took.append(time.perf_counter() - began)
        plans = await _plans(connection, project)
        await connection.close()
    return _ms(took), plans


async def _plans(connection: asyncpg.Connection, project: Project) -> list[str]:
    lines = []
    for (file, block), given in ASKED.items():
        values = [project.id if value is PROJECT else value for value in given]
        steps = await plan(connection, file, block, *values)
        lines.append(f"  {block}: {', '.join(str(step) for step in steps if step.table or step.index)}")
    return lines


def _ms(seconds: list[float]) -> float:
    return statistics.median(seconds) * 1000


def _now() -> datetime:
    return datetime.now(UTC)
