"""The one runner of outside commands: a command is data, running it is the only effect."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.lines import Lines, Tail
from pipeline.model.errors import NOTHING_CHANGED, PipelineError

TERM_SECONDS = 5.0
"""How long a process group may take to end by itself before it is killed."""

DRAIN_SECONDS = 2.0
"""How long output is still read after the command ended, when a child of it holds the pipe open."""

_CHUNK = 64 * 1024


@dataclass(frozen=True)
class Command:
    """What to run. `env` is added to the inherited environment and, like `stdin`, never shown:
    a secret belongs in either of them, not in `argv`."""

    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict, repr=False, hash=False)
    cwd: Path | None = None
    stdin: bytes | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        return Path(self.argv[0]).name


@dataclass(frozen=True)
class Finished:
    """A command that ended. Outputs are the last 200 lines or 64 KiB of each stream, redacted;
    `exit_code` is negative for a signal. `stdout` is empty when it went to a file."""

    exit_code: int
    stdout: str
    stderr: str
    seconds: float


class CommandFailed(PipelineError):
    """A command ended with a code other than 0. `finished` is None if it never ended by itself."""

    def __init__(
        self, what: str, *, finished: Finished | None, production: str = NOTHING_CHANGED, advice: str
    ) -> None:
        super().__init__(what, production=production, advice=advice)
        self.finished = finished


class CommandTimedOut(CommandFailed):
    """A command was still running when its time was over, and has been ended with all its children."""


class CommandMissing(CommandFailed):
    """The executable or the working directory is not there, or may not be run."""


async def run(
    command: Command,
    *,
    timeout: float,
    on_line: Callable[[str], None] | None = None,
    stdout_to: Path | None = None,
    redact: Callable[[str], str] | None = None,
    check: bool = False,
    production: str = NOTHING_CHANGED,
) -> Finished:
    """Run a command to its end, in a process group of its own of which nothing survives this call.

    `on_line` gets each line of both streams as it comes, redacted. `stdout_to` takes standard output
    as it is (mode 0600, synced to disk); what a failed command wrote there is left to the caller.
    `production` is the sentence that errors carry about the state of production.

    Raises CommandTimedOut after `timeout` seconds, CommandMissing when the command cannot be started,
    and with `check` CommandFailed when the exit code is not 0.
    """
    started = time.monotonic()
    out, err = Tail(), Tail()
    try:
        running = await _Running.start(command, out, err, on_line, stdout_to, redact)
    except OSError as error:
        raise _missing(command, error, production) from error
    try:
        async with asyncio.timeout(timeout):
            await running.ended()
    except TimeoutError:
        await running.stop()
        raise CommandTimedOut(
            f"{command.name} did not end within {timeout:g} s and was stopped.{_last_lines(out, err)}",
            finished=None,
            production=production,
            advice="See what it was waiting for, or raise its time-out.",
        ) from None
    finally:
        await running.stop()
    finished = Finished(running.exit_code, out.text(), err.text(), time.monotonic() - started)
    if check and finished.exit_code != 0:
        raise CommandFailed(
            f"{command.name} {_ending(finished.exit_code)}.{_last_lines(out, err)}",
            finished=finished,
            production=production,
            advice="Mend what the last lines name, then try again.",
        )
    return finished
