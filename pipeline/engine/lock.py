"""One executor: a lock on disk that PostgreSQL's restart cannot free, and one in PostgreSQL for other hosts.

The lock on disk (lockfile.py) decides on this host. The advisory lock keeps executors with another STATE_DIR
out; when PostgreSQL restarts it is gone for a moment, so a newcomer also waits until the executor that the
journal names has been silent for LEASE_SECONDS. The epoch in each write (store/runs.py) is the last line.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import platform
from collections.abc import AsyncIterator, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog

from pipeline.cancelling import end, pass_on_cancellation
from pipeline.engine.lockfile import LockFile, locked
from pipeline.model.executor import Executor, Held
from pipeline.store.connect import LOST, Address, JournalUnreachable
from pipeline.store.executors import LEASE_SECONDS, UNKNOWN, Claim

_RENEW_SECONDS = 5.0
_FIRST_SECONDS = 2.0  # PostgreSQL may need a moment to notice that the executor before us is dead
_AGAIN_SECONDS = 10.0  # a newcomer elsewhere may have the lock for an instant, to find that it must wait
_PAUSE_SECONDS = 0.25

log = structlog.get_logger()


class Lock:
    """`lost` is set when another executor has taken over; `losses` counts how often PostgreSQL went away."""

    def __init__(self, file: LockFile) -> None:
        self.file = file
        self.lost = asyncio.Event()
        self.losses = 0


@contextlib.asynccontextmanager
async def hold(directory: Path, project: str, name: str, journal: Address) -> AsyncIterator[Lock]:
    """Makes this process the only executor of the project. Raises Held, JournalUnreachable.

    While PostgreSQL is away the lock on disk alone is held, and what is under way may go on: nobody on this
    host gets in, and elsewhere nobody has a journal to act from.
    """
    me = itself(name)
    async with locked(directory, project, me) as file:
        claim = Claim(journal, project, file.id, me)
        try:
            await claim.open()
            await _take(claim, _FIRST_SECONDS)
            lock = Lock(file)
            keeping = asyncio.create_task(_keep(lock, claim), name="executor-lock")
            try:
                yield lock
            finally:
                await end([keeping])
                if not claim.broken.is_set():
                    with contextlib.suppress(*LOST):
                        await claim.release()
        finally:
            claim.close()


async def until_lost(lock: Lock, acting: Coroutine[Any, Any, object]) -> None:
    """Acts until the lock is lost; what is under way is then broken off, for another may act now."""
    act = asyncio.create_task(acting)
    losing = asyncio.create_task(lock.lost.wait())
    try:
        await asyncio.wait({act, losing}, return_when=asyncio.FIRST_COMPLETED)
        if act.done():
            act.result()
    finally:
        await end([act, losing])


def itself(name: str) -> Executor:
    return Executor(name=name, host=platform.node(), pid=os.getpid(), since=datetime.now(UTC))


async def _take(claim: Claim, patience: float) -> None:
    """Raises Held."""
    until = asyncio.get_running_loop().time() + patience
    while (other := await claim.take(LEASE_SECONDS)) is not None:
        if asyncio.get_running_loop().time() >= until:
            raise Held(other)
        await asyncio.sleep(_PAUSE_SECONDS)


async def _keep(lock: Lock, claim: Claim) -> None:
    """Renews the claim, and takes it anew after PostgreSQL was away."""
    counted: asyncio.Event | None = None
    while True:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_RENEW_SECONDS if counted is None else _PAUSE_SECONDS):
                await claim.broken.wait()
        try:
            if claim.broken.is_set():
                if counted is not claim.broken:
                    lock.losses += 1
                    counted = claim.broken
                    log.warning("executor_lock_shaken", held_by="the lock on disk alone")
                await asyncio.sleep(_PAUSE_SECONDS)
                await claim.open()
                await _take(claim, _AGAIN_SECONDS)
                counted = None
                log.info("executor_lock_back")
            elif not await claim.renew():
                _lose(lock, UNKNOWN)
                return
        except Held as error:
            _lose(lock, error.holder)
            return
        except (JournalUnreachable, *LOST):
            pass_on_cancellation()
            claim.close()


def _lose(lock: Lock, to: Executor) -> None:
    log.error("executor_lock_lost", to=str(to))
    lock.lost.set()
