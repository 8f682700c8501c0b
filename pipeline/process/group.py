"""A process group: started, read by lines, and ended so that nothing of it stays behind."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Self

from pipeline.process.command import Command
from pipeline.process.inherit import inherited
from pipeline.process.lines import Lines, Output

TERM_SECONDS = 5.0
"""How long a process group may take to end by itself before it is killed."""

DRAIN_SECONDS = 2.0
"""How long output is still read after the command ended while a child of it holds the pipe open."""

_POLL_SECONDS = 0.05
_CHUNK = 64 * 1024


class Running:
    """A started process. The pipes are ours, not the transport's: how the process ended is then known
    at once, also while a grandchild keeps a pipe open."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._readers: list[asyncio.Task[None]] = []
        self._pipes: list[asyncio.ReadTransport] = []
        self._file: int | None = None

    @classmethod
    async def start(
        cls, command: Command, output: Output, stdin_from: Path | None, stdout_to: Path | None
    ) -> Self:
        """Raises OSError when the command, its directory or one of the files cannot be used."""
        ours: list[int] = []
        theirs: list[int] = []
        try:
            if stdout_to is not None:
                flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
                theirs.append(os.open(stdout_to, flags, 0o600))
            for _ in range(1 if stdout_to else 2):
                read_end, write_end = os.pipe()
                ours.append(read_end)
                theirs.append(write_end)
            source = asyncio.subprocess.DEVNULL if command.stdin is None else asyncio.subprocess.PIPE
            if stdin_from is not None:
                source = os.open(stdin_from, os.O_RDONLY | os.O_CLOEXEC)
                theirs.append(source)
            process = await asyncio.create_subprocess_exec(
                *command.argv,
                env={**os.environ, **command.env},
                cwd=command.cwd,
                stdin=source,
                stdout=theirs[0],
                stderr=theirs[1],
                start_new_session=True,
                pass_fds=inherited(),
            )
        except BaseException:
            for descriptor in (*ours, *theirs):
                os.close(descriptor)
            raise
        running = cls(process)
        if stdout_to is not None:
            running._file = theirs.pop(0)
        for descriptor in theirs:
            os.close(descriptor)
        pipes = [os.fdopen(descriptor, "rb", buffering=0) for descriptor in ours]
        tails = [output.err] if stdout_to else [output.out, output.err]
        try:
            for pipe, tail in zip(pipes, tails, strict=True):
                await running._read(pipe, output.lines(tail))
        except BaseException:  # cancelled: the process runs already
            await running.stop()
            for pipe in pipes:
                pipe.close()
            raise
        return running

    async def ended(self, stdin: bytes | None) -> int:
        """The exit code, once the command has ended and its output is read. A listener's error ends it."""
        waiter = asyncio.create_task(self._process.wait())
        writer = asyncio.create_task(self._write(stdin))
        try:
            pending: set[asyncio.Task[int] | asyncio.Task[None]] = {waiter, writer, *self._readers}
            while not waiter.done():
                done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
        finally:
            waiter.cancel()
            writer.cancel()
        exit_code = waiter.result()
        await asyncio.wait(self._readers, timeout=DRAIN_SECONDS)
        for reader in self._readers:
            if reader.done():
                reader.result()
        if self._file is not None:
            await asyncio.to_thread(os.fsync, self._file)
        return exit_code

    async def stop(self) -> None:
        """End the whole group: SIGTERM, after 5 s SIGKILL. Does nothing when all is over."""
        ending = asyncio.ensure_future(self._stop())
        await asyncio.shield(ending)

    async def _stop(self) -> None:
        if self._signal(signal.SIGTERM):
            deadline = time.monotonic() + TERM_SECONDS
            while self._signal(0) and time.monotonic() < deadline:  # noqa: ASYNC110 - a group's end is no event
                await asyncio.sleep(_POLL_SECONDS)
            self._signal(signal.SIGKILL)
        await self._process.wait()
        for reader in self._readers:
            reader.cancel()
        await asyncio.gather(*self._readers, return_exceptions=True)
        while self._pipes:
            self._pipes.pop().close()
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _signal(self, number: int) -> bool:
        """Whether the group still had a member to signal."""
        try:
            os.killpg(self._process.pid, number)
        except (ProcessLookupError, PermissionError):
            return False
        return True

    async def _read(self, pipe: BinaryIO, lines: Lines) -> None:
        loop = asyncio.get_running_loop()
        stream = asyncio.StreamReader(limit=_CHUNK, loop=loop)
        protocol = asyncio.StreamReaderProtocol(stream, loop=loop)
        transport, _ = await loop.connect_read_pipe(lambda: protocol, pipe)
        self._pipes.append(transport)
        self._readers.append(asyncio.create_task(_into_lines(stream, lines)))

    async def _write(self, data: bytes | None) -> None:
        stdin = self._process.stdin
        if stdin is None or data is None:
            return
        with suppress(BrokenPipeError, ConnectionResetError):  # it did not want to read all of it
            stdin.write(data)
            await stdin.drain()
        stdin.close()


async def _into_lines(stream: asyncio.StreamReader, lines: Lines) -> None:
    while chunk := await stream.read(_CHUNK):
        lines.feed(chunk)
    lines.close()
