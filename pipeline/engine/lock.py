"""One executor: an advisory lock in the journal's database, held by a connection of its own."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import structlog

from pipeline.cancelling import end
from pipeline.store.connect import LOST, Address, connect

EXECUTOR_LOCK = 7_061_002
_RETRY_SECONDS = 2.0
_CHECK_SECONDS = 5.0

log = structlog.get_logger()


@contextlib.asynccontextmanager
async def hold(journal: Address) -> AsyncIterator[asyncio.Event]:
    """Waits until this process is the only executor; the event is set when that ends.

    The lock goes with the connection, so the death of a holder frees it.
    """
    connection = await connect(journal)
    try:
        told = False
        while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", EXECUTOR_LOCK):
            if not told:
                log.warning("another_worker_acts", waits_for="its end")
                told = True
            await asyncio.sleep(_RETRY_SECONDS)
        lost = asyncio.Event()

        async def watch() -> None:
            try:
                while True:
                    await asyncio.sleep(_CHECK_SECONDS)
                    await connection.fetchval("SELECT 1", timeout=_CHECK_SECONDS)
            except LOST as error:
                log.warning("executor_lock_lost", problem=str(error))
                lost.set()

        watching = asyncio.create_task(watch(), name="executor-lock")
        try:
            yield lost
        finally:
            await end([watching])
    finally:
        connection.terminate()
