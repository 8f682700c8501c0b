"""A Unix socket whose every connection goes through a command's standard input and output."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from pipeline.cancelling import end, through
from pipeline.process.command import Command
from pipeline.process.inherit import inherited

_CHUNK = 64 * 1024


@contextlib.asynccontextmanager
async def listening(path: Path, command: Command) -> AsyncIterator[None]:
    """As long as it lasts, each connection starts the command; its end, and ours, ends it."""
    under_way: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(_carry(reader, writer, command))
        under_way.add(task)
        task.add_done_callback(under_way.discard)

    server = await asyncio.start_unix_server(accept, path)
    try:
        yield
    finally:
        server.close()
        await end(list(under_way))
        await server.wait_closed()


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, command: Command) -> None:
    """Until either side has ended. One that cannot be started closes the connection."""
    starting = asyncio.ensure_future(
        asyncio.create_subprocess_exec(
            *command.argv,
            env={**os.environ, **command.env},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
            pass_fds=inherited(),
        )
    )
    ways: list[asyncio.Task[None]] = []
    try:
        process = await through(starting)
        if process.stdin is None or process.stdout is None:
            raise LookupError("a command was started without its pipes")
        ways += [
            asyncio.create_task(_copy(reader, process.stdin)),
            asyncio.create_task(_copy(process.stdout, writer)),
        ]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    except OSError:
        return
    finally:
        writer.close()
        if not starting.cancelled() and starting.exception() is None:
            await through(_over(starting.result(), ways))


async def _over(process: asyncio.subprocess.Process, ways: Sequence[asyncio.Task[None]]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await end(ways)
    await process.wait()


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while chunk := await source.read(_CHUNK):
            target.write(chunk)
            await target.drain()
