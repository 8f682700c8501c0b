"""How long a database cannot be reached while a restored one takes its name.

Twenty sessions sit in the live database, and a client connects and asks again and again without a pause.
`seconds` is the longest time, over several swaps, from its last answer of the old database to its first of
the new one.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import replace

import asyncpg

from pipeline.cancelling import end
from pipeline.database.names import Places
from pipeline.database.restore import swap
from pipeline.store.connect import Address, JournalUnreachable, connect
from tests.benchmarks.mixed import execute, filled

ROWS = 20_000
ROUNDS = 7
SESSIONS = 20
PATIENCE = 60.0

_GONE = (JournalUnreachable, asyncpg.PostgresError, asyncpg.InterfaceError, OSError)


async def main() -> None:
    async with filled(ROWS) as (_, _, admin):
        await execute(admin, "CREATE DATABASE restored TEMPLATE mixed")
        for name in ("mixed", "restored"):
            await execute(replace(admin, database=name), f"CREATE TABLE which AS SELECT '{name}' AS name")
        there, back = Places(live="mixed", source="restored", aside="before"), "mixed"
        taken = []
        for _ in range(ROUNDS):
            taken.append(await _swapped(admin, there, back))
            there, back = there.back, "restored" if back == "mixed" else "mixed"
            await execute(admin, f'ALTER DATABASE "{there.source}" ALLOW_CONNECTIONS true')
    print("swaps: " + ", ".join(f"{each * 1000:.0f} ms" for each in taken))
    print(f"cutover: seconds={max(taken):.3f}")


async def _swapped(admin: Address, places: Places, before: str) -> float:
    """`before` is what the live database calls itself until then."""
    live = replace(admin, database=places.live)
    sitting = [await connect(live) for _ in range(SESSIONS)]
    answered = asyncio.Event()
    asking = asyncio.create_task(_until_another_answers(live, before, answered))
    try:
        async with asyncio.timeout(PATIENCE):
            await answered.wait()
            await swap(admin, places)
            return await asking
    finally:
        await end([asking])
        for connection in sitting:
            connection.terminate()


async def _until_another_answers(live: Address, before: str, answered: asyncio.Event) -> float:
    """Seconds between the last answer of the one and the first of the other."""
    last = time.monotonic()
    while True:
        with contextlib.suppress(*_GONE):
            connection = await connect(live)
            try:
                name = await connection.fetchval("SELECT name FROM which")
            finally:
                connection.terminate()
            if name != before:
                return time.monotonic() - last
            last = time.monotonic()
            answered.set()
