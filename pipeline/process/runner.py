"""Start a command, read it by lines, and leave nothing of it behind."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Self

from pipeline.model.errors import NOTHING_CHANGED
from pipeline.process.command import Command, CommandFailed, CommandMissing, CommandTimedOut, Finished
from pipeline.process.lines import Lines, Tail

TERM_SECONDS = 5.0
"""How long a process group may take to end by itself before it is killed."""

DRAIN_SECONDS = 2.0
"""How long output is still read after the command ended while a child of it holds the pipe open."""

_POLL_SECONDS = 0.05
_CHUNK = 64 * 1024
_SHOWN_LINES = 5


async def run(
    command: Command,
    *,
    timeout: float,
    on_line: Callable[[str], None] | None = None,
    stdin_from: Path | None = None,
    stdout_to: Path | None = None,
    redact: Callable[[str], str] | None = None,
    check: bool = False,
    production: str = NOTHING_CHANGED,
) -> Finished:
    """Run a command to its end, in a process group of its own of which nothing survives this call.

    `on_line` gets each line of both streams as it comes, redacted. `stdin_from` is a file to read
    standard input from, in place of the command's own `stdin`. `stdout_to` takes standard output
    as it is (mode 0600, synced to disk); what a failed command left there is the caller's to remove.
    `production` is the sentence that errors carry about the state of production.

    Raises CommandTimedOut after `timeout` seconds, CommandMissing when the command cannot be started,
    and with `check` CommandFailed when the exit code is not 0.
    """
    started = time.monotonic()
    output = _Output(on_line, redact)
    try:
        running = await _Running.start(command, output, stdin_from, stdout_to)
    except OSError as error:
        raise _missing(command, error, production) from error
    try:
        async with asyncio.timeout(timeout):
            exit_code = await running.ended(command.stdin)
    except TimeoutError:
        await running.stop()
        raise CommandTimedOut(
            f"{command.name} did not end within {timeout:g} s and was stopped.{output.ending()}",
            finished=None,
            production=production,
            advice="See what it was waiting for, or raise its time-out.",
        ) from None
    finally:
        await running.stop()
    finished = Finished(exit_code, output.out.text(), output.err.text(), time.monotonic() - started)
    if check and exit_code != 0:
        how = f"was ended by signal {-exit_code}" if exit_code < 0 else f"failed with exit code {exit_code}"
        raise CommandFailed(
            f"{command.name} {how}.{output.ending()}",
            finished=finished,
            production=production,
            advice="Mend what its last lines name, then try again.",
        )
    return finished


class _Output:
    """The two tails, and whoever listens."""

    def __init__(self, on_line: Callable[[str], None] | None, redact: Callable[[str], str] | None) -> None:
        self.out = Tail()
        self.err = Tail()
        self._on_line = on_line
        self._redact = redact

    def lines(self, tail: Tail) -> Lines:
        def emit(line: str) -> None:
            tail.add(line)
            if self._on_line is not None:
                self._on_line(line)

        return Lines(emit, self._redact)

    def ending(self) -> str:
        """The last lines of standard error, or of standard output where that is empty, for an error."""
        last = self.err.last(_SHOWN_LINES) or self.out.last(_SHOWN_LINES)
        return " Its last lines:\n" + "\n".join(last) + "\n" if last else ""


class _Running:
    """A started process. The pipes are ours, not the transport's: how the process ended is then known
    at once, also while a grandchild keeps a pipe open."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._readers: list[asyncio.Task[None]] = []
        self._pipes: list[asyncio.ReadTransport] = []
        self._file: int | None = None

    @classmethod
    async def start(
        cls, command: Command, output: _Output, stdin_from: Path | None, stdout_to: Path | None
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


def _missing(command: Command, error: OSError, production: str) -> CommandMissing:
    name = str(error.filename) if error.filename else command.argv[0]
    return CommandMissing(
        f"{command.name} could not be started: {name}: {error.strerror or error}.",
        finished=None,
        production=production,
        advice=f"Install {command.name} or put it on PATH; see that the named file or directory may be used.",
    )
