"""The part of the executor's lock that lies on disk: it outlives PostgreSQL, and the death of its holder
frees it.

Two files below STATE_DIR/locks are locked with flock. `PROJECT.alive` belongs to the executor's process
alone: it is free as soon as that is dead. `PROJECT.lock` is inherited by the commands it starts, so it stays
held while a killed executor's child still acts; a third file says who the holder is.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
from collections.abc import AsyncIterator
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path

import structlog

from pipeline.atomic import write_whole
from pipeline.model.executor import Executor, Held
from pipeline.process import end_orphans

ORPHAN_SECONDS = 20.0
"""How long the children of an executor that is dead may take to end by themselves."""

_LOOK_SECONDS = 0.1
_BOOT = Path("/proc/sys/kernel/random/boot_id")
_UNNAMED = Executor(name="an executor that is just starting", host="this server", pid=0, since=None)

log = structlog.get_logger()


class LockFile:
    """The lock as its holder has it. `descriptor` is for children to inherit; `id` names the file itself."""

    def __init__(self, directory: Path, project: str, descriptor: int, id_: str, me: Executor) -> None:
        self._told = directory / f"{project}.holder"
        self._me = me
        self.descriptor = descriptor
        self.id = id_

    def tell(self, doing: str | None) -> None:
        """Lets others read what the holder does; a disk that is full does not keep it from doing so."""
        words = asdict(replace(self._me, doing=doing))
        try:
            write_whole(self._told, json.dumps(words, default=str))
        except OSError as error:
            log.warning("holder_not_told", problem=str(error))


@contextlib.asynccontextmanager
async def locked(directory: Path, project: str, me: Executor) -> AsyncIterator[LockFile]:
    """Holds the lock of a project. Raises Held at once where another executor lives.

    Where one is dead and its children still act, it waits for them, after ORPHAN_SECONDS it ends them.
    """
    directory.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as open_files:
        alive = _open(directory / f"{project}.alive", open_files)
        if not _try(alive):
            raise Held(holder(directory, project))
        path = directory / f"{project}.lock"
        lock = _open(path, open_files)
        await _without_orphans(path, lock)
        held = LockFile(directory, project, lock, _identity(lock), me)
        held.tell(None)
        yield held


def holder(directory: Path, project: str) -> Executor:
    """Who told to hold the lock last."""
    try:
        words = json.loads((directory / f"{project}.holder").read_text())
        since = datetime.fromisoformat(words["since"]) if words["since"] else None
        return Executor(**{**words, "since": since})
    except (OSError, ValueError, KeyError, TypeError):
        return _UNNAMED


async def _without_orphans(path: Path, lock: int) -> None:
    if await _wait(lock, 0):
        return
    log.warning("orphans_act", waits_for="commands that an executor which is gone had started")
    if await _wait(lock, ORPHAN_SECONDS):
        return
    freed = await end_orphans(path, tell=lambda words: log.warning("orphan_ended", what=words))
    if not (freed and await _wait(lock, 1.0)):
        raise Held(replace(_UNNAMED, name="a command that cannot be ended"))


async def _wait(lock: int, seconds: float) -> bool:
    """Whether it came free: a lock of another process tells no event that leaves no thread blocked."""
    until = asyncio.get_running_loop().time() + seconds
    while not _try(lock):
        if asyncio.get_running_loop().time() >= until:
            return False
        await asyncio.sleep(_LOOK_SECONDS)
    return True


def _open(path: Path, until: contextlib.ExitStack) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    until.callback(os.close, descriptor)
    return descriptor


def _try(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _identity(lock: int) -> str:
    """Two processes whose lock files have one identity exclude each other: one kernel, one file."""
    file = os.fstat(lock)
    return f"{_BOOT.read_text().strip()}:{file.st_dev}:{file.st_ino}"
