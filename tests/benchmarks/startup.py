"""How long worker and command line take from the start of the process.

`seconds` is the slower of the two: the worker until it says that it takes runs, and the slower of `--help`
and `status`. Real processes on a real journal, remote and Docker; the median of several. The bytecode is
made beforehand, as it is where the package is installed.
"""

from __future__ import annotations

import asyncio
import compileall
import signal
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

import pipeline
from demo.machine.images import ensure_images
from tests.integration.pipeline.command import argv, environment
from tests.integration.pipeline.stack import Stack, installed
from tests.postgres_server import running_postgres

ROUNDS = 5
READY = '"event": "worker_ready"'
PATIENCE = 60.0


async def main() -> None:
    compileall.compile_dir(Path(pipeline.__path__[0]), quiet=2)
    images = ensure_images()
    with (
        running_postgres(images.postgres) as postgres,
        tempfile.TemporaryDirectory(prefix="vnext-bench-") as folder,
        pytest.MonkeyPatch.context() as patch,
    ):
        async with installed(Path(folder), patch, postgres, images) as stack:
            stack.remote.push("The first version")
            worker = await _median("worker, until it takes runs", stack, _worker)
            helped = await _median("--help", stack, _help)
            status = await _median("status", stack, _status)
    print(f"startup: seconds={max(worker, helped, status):.2f}")


async def _median(what: str, stack: Stack, measure: Callable[[Stack], Awaitable[float]]) -> float:
    await measure(stack)  # the first one reads the disk
    taken = [await measure(stack) for _ in range(ROUNDS)]
    median = statistics.median(taken)
    print(f"{what}: {median:.2f} s (from {min(taken):.2f} to {max(taken):.2f})", flush=True)
    return median


async def _worker(stack: Stack) -> float:
    began = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        *argv("worker"), env=environment(stack), stderr=asyncio.subprocess.PIPE
    )
    assert process.stderr is not None
    async with asyncio.timeout(PATIENCE):
        while READY not in (line := (await process.stderr.readline()).decode()):
            assert line, "the worker ended"
        taken = time.monotonic() - began
        process.send_signal(signal.SIGTERM)
        await process.communicate()
    return taken


async def _help(stack: Stack) -> float:
    return await _command(stack, "--help")


async def _status(stack: Stack) -> float:
    return await _command(stack, "status")


async def _command(stack: Stack, *words: str) -> float:
    began = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        *argv(*words), env=environment(stack), stdout=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(PATIENCE):
        await process.communicate()
    assert process.returncode == 0
    return time.monotonic() - began
