"""A process group: started, read by lines, and ended so that nothing of it stays behind."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Self

from pipeline.cancelling import through
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
    at once, also while a grandchild keeps a pipe open.

    `exited_at` is when it ended, by the monotonic clock; None as long as it runs."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._readers: list[asyncio.Task[None]] = []
        self._pipes: list[asyncio.ReadTransport] = []
        self.exited_at: float | None = None

    @classmethod
    async def start(
        cls, command: Command, output: Output, *, reads: int | None = None, writes: int | None = None
    ) -> Self:
        """`reads` and `writes` take the place of the command's own input and of its first stream's tail;
        they stay the caller's to close. Raises OSError when the command or its directory cannot be used."""
        ours: list[int] = []
        theirs: list[int] = []
        try:
            for _ in range(1 if writes is not None else 2):
                read_end, write_end = os.pipe()
                ours.append(read_end)
                theirs.append(write_end)
            source = asyncio.subprocess.DEVNULL if command.stdin is None else asyncio.subprocess.PIPE
            starting = asyncio.ensure_future(
                asyncio.create_subprocess_exec(
                    *command.argv,
                    env={**os.environ, **command.env},
                    cwd=command.cwd,
                    stdin=source if reads is None else reads,
                    stdout=theirs[0] if writes is None else writes,
                    stderr=theirs[-1],
                    start_new_session=True,
                    pass_fds=inherited(),
                )
            )
            process = await cls._started(starting)
        except BaseException:
            for descriptor in (*ours, *theirs):
                os.close(descriptor)
            raise
        running = cls(process)
        for descriptor in theirs:
            os.close(descriptor)
        pipes = [os.fdopen(descriptor, "rb", buffering=0) for descriptor in ours]
        tails = [output.out, output.err] if writes is None else [output.err]
        try:
            for pipe, tail in zip(pipes, tails, strict=True):
                await running._read(pipe, output.lines(tail))
        except BaseException:  # cancelled: the process runs already
            await running.stop()
            for pipe in pipes:
                pipe.close()
            raise
        return running

    @classmethod
    async def _started(
        cls, starting: asyncio.Future[asyncio.subprocess.Process]
    ) -> asyncio.subprocess.Process:
        """Cancelled meanwhile, the whole group is ended: asyncio would end its first process alone."""
        try:
            return await through(starting)
        except asyncio.CancelledError:
            if not starting.cancelled() and starting.exception() is None:
                await cls(starting.result()).stop()
            raise

    @property
    def exit_code(self) -> int:
        """Of a process that has ended. Raises LookupError of one that runs."""
        if self._process.returncode is None:
            raise LookupError("the process has not ended")
        return self._process.returncode

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
        self.exited_at = time.monotonic()
        await asyncio.wait(self._readers, timeout=DRAIN_SECONDS)
        for reader in self._readers:
            if reader.done():
                reader.result()
        return exit_code

    async def stop(self) -> None:
        """End the whole group: SIGTERM, after 5 s SIGKILL. Does nothing when all is over. A cancellation
        waits for it."""
        await through(self._stop())

    async def _stop(self) -> None:
        if self._signal(signal.SIGTERM):
            deadline = time.monotonic() + TERM_SECONDS
            while _lives(self._process.pid) and time.monotonic() < deadline:  # noqa: ASYNC110 - no event tells
                await asyncio.sleep(_POLL_SECONDS)
            self._signal(signal.SIGKILL)
        await self._process.wait()
        for reader in self._readers:
            reader.cancel()
        await asyncio.gather(*self._readers, return_exceptions=True)
        while self._pipes:
            self._pipes.pop().close()

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


def _lives(group: int) -> bool:
    """Whether a process of the group still runs: the dead that their parent has not waited for do not count,
    which an init may leave for seconds, or for ever."""
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    for process in Path("/proc").iterdir():
        if process.name.isdecimal():
            with suppress(OSError):  # gone meanwhile
                state, _, of_group = (process / "stat").read_text().rpartition(")")[2].split()[:3]
                if int(of_group) == group and state not in "ZX":
                    return True
    return False


async def _into_lines(stream: asyncio.StreamReader, lines: Lines) -> None:
    while chunk := await stream.read(_CHUNK):
        lines.feed(chunk)
    lines.close()
