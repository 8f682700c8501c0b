"""One migration at a time in the application's database, whoever else migrates it."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

import asyncpg

from pipeline.model.errors import PipelineError
from pipeline.model.moment import second
from pipeline.store.connect import Address, connect
from pipeline.store.queries import load

TURN = (7_061, 3)
"""Two ints: the space of locks with one bigint stays the application's."""

_RETRY_SECONDS = 0.5
_SQL = load("turn")


class TurnTaken(PipelineError):
    """Another one migrates, and did not end in time."""

    def __init__(self, address: Address, holder: str, seconds: float, production: str) -> None:
        super().__init__(
            f"Another migration of {address.database} is under way for more than {seconds:g} s: {holder}.",
            production=production,
            advice="See what that one waits for; once it has ended, deploy again.",
        )


@contextlib.asynccontextmanager
async def turn(address: Address, name: str, *, wait: float, production: str) -> AsyncIterator[None]:
    """Holds the lock of migrations, on a connection of its own: the death of the holder frees it.

    `name` is what others are told of who holds it. The lock is asked for again and again and not waited for
    in PostgreSQL: a waiting statement would keep `CREATE INDEX CONCURRENTLY` of the other one from ending.
    Raises TurnTaken after `wait` seconds, JournalUnreachable.
    """
    connection = await connect(address)
    try:
        await connection.execute(_SQL["prepare_turn"], name)
        deadline = time.monotonic() + wait
        while not await connection.fetchval(_SQL["take_turn"], *TURN):
            if time.monotonic() >= deadline:
                raise TurnTaken(address, await _holder(connection), wait, production)
            await asyncio.sleep(_RETRY_SECONDS)
        yield
    finally:
        connection.terminate()


async def _holder(connection: asyncpg.Connection) -> str:
    row = await connection.fetchrow(_SQL["who_has_turn"], *TURN)
    if row is None:
        return "gone by now"
    name, host = row["application_name"] or "a session without a name", row["host"] or "a local socket"
    return f"{name} from {host}, connected since {second(row['backend_start'])}"
