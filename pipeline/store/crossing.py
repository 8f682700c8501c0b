"""Which of two goes first: a run that is about to touch production, or the controller that is about to be
replaced, which would cut that run in its switch."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

import asyncpg

from pipeline.model.release import RunId
from pipeline.store.queries import load

Connection = asyncpg.Connection | asyncpg.pool.PoolConnectionProxy

_LOCK = 7_061_003
_SQL = load("crossing")

STILL_SECONDS = 1800.0
"""A hand-over in which nothing has happened for so long keeps nobody waiting: its guard takes it back long
before, so nobody is at it any more."""


class HandOverUnderWay(Exception):
    """The controller is being replaced in `run`: no run of another project begins its switch meanwhile."""

    def __init__(self, run: RunId) -> None:
        super().__init__(f"run {run} replaces the controller")
        self.run = run


@contextlib.asynccontextmanager
async def one_at_a_time(to: asyncpg.Pool | asyncpg.Connection) -> AsyncIterator[Connection]:
    """A transaction in which each statement sees all that those before it in here have written."""
    async with contextlib.AsyncExitStack() as stack:
        connection: Connection
        if isinstance(to, asyncpg.Pool):
            connection = await stack.enter_async_context(to.acquire())
        else:
            connection = to
        # Each statement has a snapshot of its own, so what comes after the lock is seen as it is then.
        await stack.enter_async_context(connection.transaction(isolation="read_committed"))
        await connection.execute(_SQL["one_at_a_time"], _LOCK)
        yield connection


async def nobody_replaces_the_controller(connection: Connection, run: RunId) -> None:
    """Raises HandOverUnderWay."""
    found: RunId | None = await connection.fetchval(_SQL["hand_over_elsewhere"], run, STILL_SECONDS)
    if found is not None:
        raise HandOverUnderWay(found)
