"""Commands that outlived whoever started them, known by the lock that they inherited."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from pipeline.process.group import TERM_SECONDS

KILL_SECONDS = 2.0
"""How long a killed process is waited for; one that the kernel does not let go is left."""

_POLL_SECONDS = 0.05
_LOCK = re.compile(r"^lock:\s+\d+: FLOCK\s+\S+\s+\S+\s+(\d+)\s", re.MULTILINE)


def holders(path: Path) -> list[int]:
    """The processes, other than this one, that hold the flock on the file or have inherited it.

    One that merely waits for the lock has the file open too, and is none of them. Only processes are seen
    that this one may look into (its own pid namespace, the same user or root).
    """
    return sorted({pid for pid, _ in _holding(path) if pid != os.getpid()})


async def end_orphans(path: Path, *, tell: Callable[[str], None]) -> bool:
    """Ends what inherited the flock on the file from a process that is gone, with its process groups:
    SIGTERM, after 5 s SIGKILL. Whether the lock is free of them then, after at most 7 s.

    While the process that took the lock lives, nothing is touched. Neither is our own group.
    """
    if any(pid == taker for pid, taker in _holding(path)):
        return False
    for number, seconds in ((signal.SIGTERM, TERM_SECONDS), (signal.SIGKILL, KILL_SECONDS)):
        deadline = time.monotonic() + seconds
        told: set[int] = set()
        while left := holders(path):
            for pid in left:
                if pid not in told:
                    told.add(pid)
                    name = signal.Signals(number).name
                    tell(f"{name} to {_name(pid)} ({pid}), left by a worker that is gone")
                    _signal(pid, number)
            if time.monotonic() >= deadline:
                break
            await asyncio.sleep(_POLL_SECONDS)
        else:
            return True
    return not holders(path)


def _holding(path: Path) -> Iterator[tuple[int, int]]:
    """Each process that has the lock, and the pid of the one that took it (0 where the kernel hides it)."""
    try:
        wanted = path.stat()
    except FileNotFoundError:
        return
    for process in Path("/proc").iterdir():
        if not process.name.isdecimal():
            continue
        with suppress(FileNotFoundError, ProcessLookupError, PermissionError):  # gone since, or not ours
            for descriptor in (process / "fd").iterdir():
                with suppress(FileNotFoundError, ProcessLookupError, PermissionError):
                    found = descriptor.stat()
                    if (found.st_dev, found.st_ino) != (wanted.st_dev, wanted.st_ino):
                        continue
                    facts = (process / "fdinfo" / descriptor.name).read_text()
                    for taker in _LOCK.findall(facts):
                        yield int(process.name), int(taker)


def _signal(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        group = os.getpgid(pid)
        if group != os.getpgrp():
            os.killpg(group, number)


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return "a process"
