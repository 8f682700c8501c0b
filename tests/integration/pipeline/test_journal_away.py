"""PostgreSQL that goes away in the middle of a run: nothing starts unrecorded, nothing done is forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import docker
import pytest

from pipeline.chaos import Point
from pipeline.model.states import ApprovalState, RunKind, RunState, StageName
from tests.chaos.points import Points
from tests.integration.pipeline.stack import PATIENCE, Stack, installed
from tests.ports import free_port
from tests.postgres_server import PostgresServer, running_postgres


class Server:
    """A PostgreSQL of these tests alone, which can be stopped and started again."""

    def __init__(self, address: PostgresServer) -> None:
        self.address = address
        self._client = docker.from_env()
        self._container = self._client.containers.get(address.container_id)

    async def stop(self) -> None:
        await asyncio.to_thread(self._container.stop)

    async def start(self) -> None:
        await asyncio.to_thread(self._container.start)
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    await self.address.create_database()
                except (OSError, asyncpg.PostgresError):
                    await asyncio.sleep(0.1)
                else:
                    return

    def close(self) -> None:
        self._client.close()


@pytest.fixture(scope="module")
def server(images: Any) -> Iterator[Server]:
    with running_postgres(images.postgres, durable=True, port=free_port()) as address:
        server = Server(address)
        yield server
        server.close()


@pytest.fixture
async def stack(
    points: Points,  # noqa: ARG001 - the switch is set before the worker starts
    server: Server,
    tmp_path: Path,
    monkeypatch: Any,
    images: Any,
) -> AsyncIterator[Stack]:
    async with installed(tmp_path, monkeypatch, server.address, images, side_by_side=False) as stack:
        stack.remote.push("The first version")
        stack.start_worker()
        yield stack


async def test_a_stage_ends_while_it_is_away_and_the_next_one_waits(
    stack: Stack, points: Points, server: Server
) -> None:
    acting, acted = points.expect(StageName.TEST, Point.INTENDED), points.expect(StageName.TEST, Point.ACTED)
    following = points.expect(StageName.BUILD, Point.INTENDED)
    run = await stack.request(RunKind.DEPLOY)
    async with asyncio.timeout(PATIENCE):
        hold = await acting
        await server.stop()
        hold.go()
        (await acted).go()
        unwritten = stack.settings.state_dir / "journal" / f"run-{run.id}.jsonl"
        while not unwritten.exists():  # noqa: ASYNC110 - a file tells no event
            await asyncio.sleep(0.05)
        assert not following.done(), "a stage started without its intent in the journal"
        await server.start()
        (await following).go()
    assert not unwritten.exists()
    view = await stack.store.runs.view(run.id)
    assert view.run.epoch == 1, "the same executor went on"
    assert await stack.begun(run.id, StageName.TEST) == 1
    await stack.plan(run.id)


async def test_a_result_that_waits_on_disk_outlives_the_worker(
    stack: Stack, points: Points, server: Server
) -> None:
    acting, acted = points.expect(StageName.TEST, Point.INTENDED), points.expect(StageName.TEST, Point.ACTED)
    run = await stack.request(RunKind.DEPLOY)
    unwritten = stack.settings.state_dir / "journal" / f"run-{run.id}.jsonl"
    async with asyncio.timeout(PATIENCE):
        hold = await acting
        await server.stop()
        hold.go()
        (await acted).go()
        while not unwritten.exists():  # noqa: ASYNC110 - a file tells no event
            await asyncio.sleep(0.05)
        await stack.stop_worker()
        await server.start()
    stack.start_worker()
    approval = await stack.plan(run.id)
    assert approval.plan.tests is not None
    assert approval.plan.tests.tests == 2
    assert await stack.begun(run.id, StageName.TEST) == 1
    assert (await stack.store.runs.get(run.id)).epoch == 2
    assert not unwritten.exists()


async def test_away_in_the_switch_it_is_waited_for_and_the_run_succeeds(
    stack: Stack, points: Points, server: Server
) -> None:
    starting = points.expect(StageName.START, Point.INTENDED)
    run = await stack.request(RunKind.DEPLOY)
    approval = await stack.plan(run.id)
    assert await stack.store.approvals.answer(approval.nonce, ApprovalState.APPROVED, "tester")
    async with asyncio.timeout(PATIENCE):
        hold = await starting
        await server.stop()
        hold.go()
        await server.start()
    view = await stack.end(run.id)
    assert view.run.state is RunState.SUCCEEDED, view.run.failure
    served = await stack.served()
    assert served is not None
    assert served["version"] == "one"
