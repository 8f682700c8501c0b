"""How long a run stands still when its worker is killed with SIGKILL and another is started at once.

`seconds` is the median from the kill, in the middle of a stage, to the first point of a stage that the new
worker comes to: the start of Python, of the worker, the executor's lock and the look at production among it.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

import pytest
from pydantic import SecretStr

from demo.machine.images import ensure_images
from pipeline.chaos import SWITCH, Point
from pipeline.model.states import RunState
from pipeline.settings import WorkerSettings
from tests.integration.pipeline.stack import Stack, installed
from tests.postgres_server import running_postgres

ROUNDS = 3
PATIENCE = 120.0
KILLED_AT = ("test", "build", "start", "wait")


class _Worker:
    """A worker as a process of its own, held at chosen points and heard of at all (pipeline/chaos.py)."""

    def __init__(self, settings: WorkerSettings, folder: Path) -> None:
        self._socket = folder / "points"
        self._environment = {**os.environ, **_environment(settings), SWITCH: str(self._socket)}
        self._log = folder / "worker.log"
        self._hold_at: list[str] = []
        self._held = asyncio.Event()
        self._reached: asyncio.Queue[float] = asyncio.Queue()
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> _Worker:
        self._server = await asyncio.start_unix_server(self._meet, self._socket)
        await self._start()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._kill()

    def hold_at(self, stages: Iterable[str]) -> None:
        """It will wait in the middle of each of these stages, once each and in this order."""
        self._hold_at = list(stages)

    async def replaced(self) -> float:
        """Kills it where it waits next and starts another; seconds until that one comes to a stage."""
        async with asyncio.timeout(PATIENCE):
            await self._held.wait()
            self._held.clear()
            began = time.monotonic()
            await self._kill()
            self._reached = asyncio.Queue()
            await self._start()
            return await self._reached.get() - began

    async def _start(self) -> None:
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "pipeline", "worker", env=self._environment, stdout=log, stderr=log
            )

    async def _kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            await self._process.wait()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _, stage, point = (await reader.readline()).decode().split()
        self._reached.put_nowait(time.monotonic())
        if point == Point.INTENDED and [stage] == self._hold_at[:1]:
            self._hold_at.pop(0)
            self._held.set()
            await reader.read()  # until it is killed
        else:
            writer.write(b"\n")
        writer.close()


def _environment(settings: WorkerSettings) -> dict[str, str]:
    """The settings as `.env.vnext` would tell them."""
    values = {key.upper(): value for key, value in settings}
    return {
        key: value.get_secret_value() if isinstance(value, SecretStr) else str(value)
        for key, value in values.items()
    }


async def main() -> None:
    images = ensure_images()
    with (
        running_postgres(images.postgres, durable=True) as postgres,
        tempfile.TemporaryDirectory(prefix="vnext-bench-") as folder,
        pytest.MonkeyPatch.context() as patch,
    ):
        root = Path(folder)
        async with installed(root, patch, postgres, images, side_by_side=False) as stack:
            took: list[float] = []
            async with _Worker(stack.settings, root) as worker:
                for number in range(ROUNDS):
                    stack.remote.push(f"Round {number}")
                    found = await _deploy(stack, worker)
                    print(
                        ", ".join(f"{stage} {seconds:.2f} s" for stage, seconds in found.items()), flush=True
                    )
                    took += found.values()
    print(f"resume: seconds={statistics.median(took):.2f}")


async def _deploy(stack: Stack, worker: _Worker) -> dict[str, float]:
    """One deploy whose worker is killed in several of its stages; for how long it stood still at each."""
    worker.hold_at(KILLED_AT)
    deploying = asyncio.create_task(stack.deploy())
    found = {stage: await worker.replaced() for stage in KILLED_AT}
    view = await deploying
    assert view.run.state is RunState.SUCCEEDED, view.run.failure
    return found
