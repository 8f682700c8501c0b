"""Run a command to its end and judge how it ended."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from pathlib import Path

from pipeline.model.errors import NOTHING_CHANGED
from pipeline.process.command import Command, CommandFailed, CommandMissing, CommandTimedOut, Finished
from pipeline.process.ends import opened
from pipeline.process.group import Running
from pipeline.process.lines import Output


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
    output = Output(on_line, redact)
    with contextlib.ExitStack() as files:
        try:
            ends = files.enter_context(opened(stdin_from, stdout_to))
            running = await Running.start(command, output, reads=ends.reads, writes=ends.writes)
        except OSError as error:
            raise missing(command, error, production) from error
        try:
            async with asyncio.timeout(timeout):
                exit_code = await running.ended(command.stdin)
                await ends.sync()
        except TimeoutError:
            await running.stop()
            raise timed_out(command, timeout, output, production) from None
        finally:
            await running.stop()
    finished = Finished(exit_code, output.out.text(), output.err.text(), time.monotonic() - started)
    if check and exit_code != 0:
        raise failed(command, finished, output, production)
    return finished


def failed(
    command: Command, finished: Finished, output: Output, production: str, beside: str = ""
) -> CommandFailed:
    """`beside` is said after its last lines."""
    return CommandFailed(
        f"{command.name} {how(finished.exit_code)}.{output.ending() or ' ' * bool(beside)}{beside}",
        finished=finished,
        production=production,
        advice="Mend what its last lines name, then try again.",
    )


def how(exit_code: int) -> str:
    return f"was ended by signal {-exit_code}" if exit_code < 0 else f"failed with exit code {exit_code}"


def timed_out(command: Command, timeout: float, output: Output, production: str) -> CommandTimedOut:
    return CommandTimedOut(
        f"{command.name} did not end within {timeout:g} s and was stopped.{output.ending()}",
        finished=None,
        production=production,
        advice="See what it was waiting for, or raise its time-out.",
    )


def missing(command: Command, error: OSError, production: str) -> CommandMissing:
    name = str(error.filename) if error.filename else command.argv[0]
    return CommandMissing(
        f"{command.name} could not be started: {name}: {error.strerror or error}.",
        finished=None,
        production=production,
        advice=f"Install {command.name} or put it on PATH; see that the named file or directory may be used.",
    )
