"""A switch that takes the journal's own PostgreSQL down: the disk carries the run until it is back."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import docker
import pytest

from pipeline.chaos import Point
from pipeline.model.release import RunId
from pipeline.model.run import RunView
from pipeline.model.states import ApprovalState, RunKind, RunState, StageName, StageState
from pipeline.store.connect import LOST
from tests.chaos.points import Points
from tests.integration.pipeline.dumps import value
from tests.integration.pipeline.stack import PATIENCE, Stack, installed
from tests.ports import free_port
from tests.postgres_server import PostgresServer

VARIANT = Path(__file__).with_name("sample_with_database")


@dataclass(frozen=True)
class HandStarted(PostgresServer):
    """A database that somebody had started by hand as a service of the project."""

    image: str = ""
    folder: str = ""

    async def create_database(self) -> str:
        await asyncio.to_thread(self._start)
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    return await super().create_database()
                except (OSError, asyncpg.PostgresError):
                    await asyncio.sleep(0.2)

    def _start(self) -> None:
        client = docker.from_env()
        labels = {
            "com.docker.compose.project": os.environ["DOCKER_IMAGE_BASE"],
            "com.docker.compose.service": "database",
            "com.docker.compose.oneoff": "False",
            "com.docker.compose.config-hash": "another",
            "com.docker.compose.container-number": "1",
            "deployment.group": "agent",
        }
        client.containers.run(
            self.image,
            environment={"POSTGRES_USER": self.user, "POSTGRES_PASSWORD": self.password},
            ports={"5432/tcp": ("127.0.0.1", self.port)},
            volumes=[f"{self.folder}:/var/lib/postgresql/data"],
            labels=labels,
            detach=True,
        )
        client.close()


@pytest.fixture
async def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, images: Any) -> AsyncIterator[Stack]:
    port, password, folder = free_port(), secrets.token_hex(8), tmp_path / "data"
    folder.mkdir()
    for key, setting in {
        "DATABASE_PORT": port,
        "DATABASE_PASSWORD": password,
        "DATABASE_VOLUME": folder,
        "POSTGRES_IMAGE": images.postgres,
    }.items():
        monkeypatch.setenv(key, str(setting))
    database = HandStarted("127.0.0.1", port, "tester", password, "", images.postgres, str(folder))
    async with installed(tmp_path, monkeypatch, database, images, deployment_timeout=60) as stack:
        shutil.copy(VARIANT / "compose.yml", stack.directory)
        shutil.copytree(VARIANT, stack.remote.clone, dirs_exist_ok=True)
        stack.remote.push("The database comes with it")
        yield stack


async def test_the_disk_carries_the_run_and_a_worker_that_ends_meanwhile_is_no_harm(
    stack: Stack, points: Points
) -> None:
    starting = points.expect(StageName.START, Point.INTENDED)
    stack.start_worker()
    run = await stack.request(RunKind.DEPLOY)
    approval = await stack.plan(run.id)
    assert await stack.store.approvals.answer(approval.nonce, ApprovalState.APPROVED, "tester")
    unwritten = stack.settings.state_dir / "journal" / f"run-{run.id}.jsonl"
    async with asyncio.timeout(PATIENCE):
        await starting
    entries = [json.loads(line) for line in unwritten.read_text().splitlines()]
    assert [(entry["stage"], entry["state"]) for entry in entries] == [
        (StageName.STOP, StageState.SUCCEEDED),
        (StageName.MIGRATE, StageState.RUNNING),
        (StageName.MIGRATE, StageState.SUCCEEDED),
        (StageName.START, StageState.RUNNING),
    ]
    with pytest.raises(OSError, match="Connect call failed"):
        await stack.store.runs.get(run.id)
    await stack.stop_worker()
    stack.start_worker()
    view = await _end(stack, run.id)
    assert view.run.state is RunState.SUCCEEDED, view.run.failure
    assert not unwritten.exists()
    assert {c.labels["com.docker.compose.service"]: c.status for c in stack.containers()} == {
        "app": "running",
        "database": "running",
    }
    assert await stack.begun(run.id, StageName.STOP) == 1
    await _restored_without_stopping_the_server(stack)


async def _restored_without_stopping_the_server(stack: Stack) -> None:
    """The server of the database is of the group that a restore stops, and is what swaps it."""
    await value(stack.settings.application, "CREATE TABLE kept (n int)")
    backup = await stack.request(RunKind.BACKUP)
    assert (await stack.end(backup.id)).run.state is RunState.SUCCEEDED
    await value(stack.settings.application, "INSERT INTO kept VALUES (1)")
    before = _started(stack)
    [newest] = await stack.store.releases.backups(stack.project.id, 1)
    run = await stack.request(RunKind.RESTORE, str(newest.id))
    approval = await stack.plan(run.id)
    assert await stack.store.approvals.answer(approval.nonce, ApprovalState.APPROVED, "tester")
    view = await stack.end(run.id)
    assert view.run.state is RunState.SUCCEEDED, view.run.failure
    assert await value(stack.settings.application, "SELECT count(*) FROM kept") == 0
    after = _started(stack)
    assert after["database"] == before["database"]
    assert after["app"] != before["app"]
    assert (await stack.served())["version"] == "one"


def _started(stack: Stack) -> dict[str, str]:
    """When each service was started last."""
    return {c.labels["com.docker.compose.service"]: c.attrs["State"]["StartedAt"] for c in stack.containers()}


async def _end(stack: Stack, run: RunId) -> RunView:
    """While the journal is away, nobody can be asked."""
    async with asyncio.timeout(PATIENCE):
        while True:
            with contextlib.suppress(*LOST):
                return await stack.end(run)
            await asyncio.sleep(0.2)
