"""News of the journal: heard at once, also after the server has cut the connection."""

import asyncio
import time
from collections.abc import Awaitable
from datetime import UTC, datetime

from pipeline.model.release import Project
from pipeline.model.run import Run
from pipeline.model.states import RunKind, Source, StageName
from pipeline.store.connect import Address, connect
from pipeline.store.listen import CHANNEL
from pipeline.store.remote_moved import REMOTE_MOVED, tell_remote_moved
from pipeline.store.store import Store, open_store
from tests.journal_news import heard

PATIENCE = 30.0
LISTENERS = """
SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'
ORDER BY backend_start
"""


async def _listener(store: Store) -> int:
    """The backend that has listened longest, once one does."""
    async with asyncio.timeout(60):
        while not (pids := await store.pool.fetch(LISTENERS)):  # noqa: ASYNC110 - the server has no event
            await asyncio.sleep(0.02)
    pid: int = pids[0]["pid"]
    return pid


async def _heard(store: Store, act: Awaitable[object]) -> bool:
    """Whether who waits is woken by `act`, and not only by the end of his patience."""
    await heard(store)
    async with store.news.subscribe() as news:
        waiting = asyncio.create_task(news.wait(PATIENCE))
        await act
        return await waiting


async def test_an_event_wakes_who_waits(store: Store, project: Project) -> None:
    asked = store.runs.request(project.id, RunKind.BACKUP, source=Source.CLI, by="tester")
    assert await _heard(store, asked)


async def test_a_line_of_progress_wakes_who_waits(store: Store, run: Run) -> None:
    await store.runs.begin(run.id, run.epoch, StageName.PULL, 1)
    assert await _heard(store, store.runs.tell(run.id, run.epoch, StageName.PULL, "fetching"))


async def test_a_push_wakes_who_waits(store: Store, project: Project) -> None:
    assert await _heard(store, store.pushes.quiet(project.id, "main", "1" * 40, datetime.now(UTC)))


async def test_another_process_is_heard_too(store: Store, project: Project, address: Address) -> None:
    async with open_store(address) as other:
        asked = other.runs.request(project.id, RunKind.BACKUP, source=Source.CLI, by="tester")
        assert await _heard(store, asked)


async def test_all_who_wait_are_woken(store: Store) -> None:
    await heard(store)
    async with store.news.subscribe() as one, store.news.subscribe() as two:
        both = asyncio.gather(one.wait(PATIENCE), two.wait(PATIENCE))
        await store.pool.execute("SELECT pg_notify($1, 'x')", CHANNEL)
        assert await both == [True, True]


async def test_a_hook_wakes_only_who_watches_the_remote(
    store: Store, project: Project, address: Address
) -> None:
    await heard(store)
    async with store.news.subscribe() as news, store.news.subscribe(REMOTE_MOVED) as moved:
        await tell_remote_moved(address)
        assert await moved.wait(PATIENCE)
        assert not await news.wait(0.2)
        await store.pushes.quiet(project.id, "main", "1" * 40, datetime.now(UTC))
        assert await news.wait(PATIENCE)
        assert not await moved.wait(0.2)


async def test_news_from_before_the_wait_is_not_lost(store: Store) -> None:
    await heard(store)
    async with store.news.subscribe() as news:
        await store.pool.execute("SELECT pg_notify($1, 'x')", CHANNEL)
        await asyncio.sleep(0.2)
        assert await news.wait(PATIENCE)


async def test_without_news_waiting_ends_by_itself(store: Store) -> None:
    await heard(store)
    async with store.news.subscribe() as news:
        began = time.monotonic()
        assert not await news.wait(0.3)
        assert time.monotonic() - began > 0.25


async def test_a_cut_connection_is_made_anew_and_wakes_who_waits(store: Store, address: Address) -> None:
    await heard(store)
    first = await _listener(store)
    connection = await connect(address)
    async with store.news.subscribe() as news:
        waiting = asyncio.create_task(news.wait(PATIENCE))
        try:
            assert await connection.fetchval("SELECT pg_terminate_backend($1, 30000)", first)
        finally:
            await connection.close()
        assert await waiting  # what was told meanwhile is looked for once the connection is back
    assert await _listener(store) != first
    assert await _heard(store, store.pool.execute("SELECT pg_notify($1, 'x')", CHANNEL))
