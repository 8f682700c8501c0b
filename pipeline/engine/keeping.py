"""Hands the log of a run that ended badly to the journal, from where the bot sends it to the chat."""

from __future__ import annotations

import asyncio
import gzip
import os
from pathlib import Path

import structlog

from pipeline.cancelling import pass_on_cancellation
from pipeline.model.run import Run
from pipeline.store.logs import RunLogs

HEAD_BYTES = 1024 * 1024
TAIL_BYTES = 3 * 1024 * 1024
"""Of a longer log so much of both ends is kept: how it began, and how it ended."""

_KEEP_SECONDS = 30.0

log = structlog.get_logger()


async def keep_log(logs: RunLogs, run: Run, path: Path) -> None:
    """Stores the log, at most 4 MiB of it. That it cannot be done is logged and keeps no run from ending."""
    try:
        async with asyncio.timeout(_KEEP_SECONDS):
            text = await asyncio.to_thread(ends, path)
            await logs.keep(run.id, run.epoch, await asyncio.to_thread(gzip.compress, text))
    except Exception as problem:
        pass_on_cancellation()
        log.warning("run_log_not_kept", run=run.id, problem=f"{type(problem).__name__}: {problem}")


def ends(path: Path, *, head: int = HEAD_BYTES, tail: int = TAIL_BYTES) -> bytes:
    """The file, or its first and last so many bytes in whole lines with a line between that tells of the cut.

    Raises OSError.
    """
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size <= head + tail:
            return file.read()
        first = file.read(head)
        file.seek(size - tail)
        last = file.read(tail)
    first = first[: first.rfind(b"\n") + 1] or first
    last = last[last.find(b"\n") + 1 :] or last
    missing = size - len(first) - len(last)
    gap = f"({missing} bytes are left out here: the whole log is {path.name} on the server)\n"
    return first + (b"" if first.endswith(b"\n") else b"\n") + gap.encode() + last
