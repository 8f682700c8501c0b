"""Run commands of which each reads what the one before it writes. No shell: each is our own child."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.cancelling import end
from pipeline.model.errors import NOTHING_CHANGED
from pipeline.process.command import Command, CommandFailed, Finished
from pipeline.process.ends import Ends, opened
from pipeline.process.group import DRAIN_SECONDS, Running
from pipeline.process.lines import Output
from pipeline.process.runner import failed, how, missing, timed_out

_BROKEN = "broken pipe"


@dataclass(frozen=True, kw_only=True)
class _Member:
    command: Command
    output: Output
    running: Running

    def finished(self, started: float) -> Finished:
        running, output = self.running, self.output
        seconds = (running.exited_at or time.monotonic()) - started
        return Finished(running.exit_code, output.out.text(), output.err.text(), seconds)

    @property
    def failed(self) -> bool:
        """By itself: one that was ended for another's failure is not meant."""
        return self.running.exited_at is not None and self.running.exit_code != 0

    @property
    def cut(self) -> bool:
        """It still wrote when nobody read any more; some commands say so instead of dying of it."""
        said = any(_BROKEN in line.lower() for line in self.output.err.last(3))
        return self.running.exit_code == -signal.SIGPIPE or said


async def run_chain(
    commands: Sequence[Command],
    *,
    timeout: float,
    on_line: Callable[[str], None] | None = None,
    stdin_from: Path | None = None,
    stdout_to: Path | None = None,
    redact: Callable[[str], str] | None = None,
    check: bool = False,
    production: str = NOTHING_CHANGED,
) -> list[Finished]:
    """Run all of them at once to their ends, each in a process group of its own; how each ended, in order.

    Arguments are those of `run`: `stdin_from` is the first one's, which alone may have a `stdin` of its own,
    `stdout_to` the last one's. The first that fails ends the others: none makes good what another one lost.

    Raises CommandTimedOut, CommandMissing, and with `check` CommandFailed where any failed: of the one that
    began it, which is none that SIGPIPE ended as long as one behind it failed.
    """
    started = time.monotonic()
    members: list[_Member] = []
    with contextlib.ExitStack() as files:
        try:
            ends = _open(files, commands, stdin_from, stdout_to, production)
            await _start(commands, members, ends, _Listening(on_line, redact), production)
            async with asyncio.timeout(timeout):
                await _end(members)
                await ends.sync()
        except TimeoutError:
            late = next((m for m in members if m.running.exited_at is None), members[-1])
            await _stop(members)
            raise timed_out(late.command, timeout, late.output, production) from None
        finally:
            await _stop(members)
    if check and any(member.failed for member in members):
        raise _error(members, started, production)
    return [member.finished(started) for member in members]


@dataclass(frozen=True)
class _Listening:
    """Who hears the lines of all members."""

    on_line: Callable[[str], None] | None
    redact: Callable[[str], str] | None


def _open(
    files: contextlib.ExitStack,
    commands: Sequence[Command],
    stdin_from: Path | None,
    stdout_to: Path | None,
    production: str,
) -> Ends:
    try:
        return files.enter_context(opened(stdin_from, stdout_to))
    except OSError as error:
        whose = commands[0] if error.filename == str(stdin_from) else commands[-1]
        raise missing(whose, error, production) from error


async def _start(
    commands: Sequence[Command], members: list[_Member], ends: Ends, listening: _Listening, production: str
) -> None:
    """Adds each to `members` as soon as it runs. Raises CommandMissing."""
    with contextlib.ExitStack() as pipes:
        reads = ends.reads
        for number, command in enumerate(commands, 1):
            writes, following = ends.writes, None
            if number < len(commands):
                following, writes = os.pipe()
                pipes.callback(os.close, following)
                pipes.callback(os.close, writes)
            output = Output(listening.on_line, listening.redact)
            try:
                running = await Running.start(command, output, reads=reads, writes=writes)
            except OSError as error:
                raise missing(command, error, production) from error
            members.append(_Member(command=command, output=output, running=running))
            reads = following


async def _end(members: Sequence[_Member]) -> None:
    """Until all have ended, or one has failed; a listener's error is passed on."""
    tasks = [asyncio.create_task(m.running.ended(m.command.stdin)) for m in members]
    pending = set(tasks)
    try:
        while pending and not any(member.failed for member in members):
            done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        if late := _begun_by(members, tasks) & pending:
            await asyncio.wait(late, timeout=DRAIN_SECONDS)
    finally:
        await end(tasks)


def _begun_by(members: Sequence[_Member], tasks: Sequence[asyncio.Task[int]]) -> set[asyncio.Task[int]]:
    """Those that may have begun the failure though they have not been seen to end: all before the foremost
    that failed by itself, whose input ended too early when they did; all where those that failed were cut."""
    foremost = next((n for n, m in enumerate(members) if m.failed and not m.cut), len(tasks))
    return set(tasks[:foremost])


async def _stop(members: Sequence[_Member]) -> None:
    await asyncio.gather(*(member.running.stop() for member in members))


def _error(members: Sequence[_Member], started: float, production: str) -> CommandFailed:
    """Of the member that began it: the foremost that was not merely cut. Those behind it met the end of what
    it wrote too early; which of two was seen to end first tells nothing, for they end almost at once."""
    bad = [member for member in members if member.failed]
    cause = next((member for member in bad[:-1] if not member.cut), bad[-1])
    beside = "".join(
        f"Besides, {m.command.name} {how(m.running.exit_code)}.{m.output.ending()}"
        for m in bad
        if m is not cause
    )
    return failed(cause.command, cause.finished(started), cause.output, production, beside)
