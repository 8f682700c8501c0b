"""The database edge: everything the agent reads from and writes to PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from .connecting import CONNECT_SECONDS, away_translated, connect_arguments
from .errors import DatabaseAwayError, DeliveryError, SchemaBehindError
from .migration_files import missing, read_migrations
from .queries import FILE, read_queries
from .settings import Settings
from .stats import Stats
from .updates import Incoming

POOL_SIZE = 5
CHANNEL = "message_queued"
FIRST_RETRY_SECONDS, LAST_RETRY_SECONDS = 2, 300

Session: TypeAlias = "PoolConnectionProxy[asyncpg.Record]"


@dataclass(frozen=True, kw_only=True)
class Unread:
    """A message that no cycle has read."""

    id: int
    text: str


class Bell:
    """Rings when a message is queued."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()
        self._lost = False

    def ring(self) -> None:
        self._rung.set()

    def lose(self) -> None:
        """The connection that listens is gone."""
        self._lost = True
        self._rung.set()

    async def wait(self, seconds: float) -> None:
        """Until a ring since the last wait, at most `seconds`. Raises `DatabaseAwayError` when lost."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._rung.wait()
        self._rung.clear()
        if self._lost:
            raise DatabaseAwayError("PostgreSQL is away: the connection was lost")


class Database:
    """A pool that connects when needed, so that the agent lives on while PostgreSQL is away.

    Every method raises `NotReadyError` when PostgreSQL or the schema is not there.
    """

    def __init__(self, settings: Settings) -> None:
        self._connect_arguments = connect_arguments(settings)
        self._sql = read_queries(FILE.read_text("utf-8"))
        self._needed = [migration.version for migration in read_migrations()]
        self._schema_seen = False
        self._pool = asyncpg.create_pool(min_size=0, max_size=POOL_SIZE, **self._connect_arguments)

    async def open(self) -> None:
        """Prepares the pool; connects to nothing yet."""
        await self._pool

    async def close(self) -> None:
        """Ends all connections, at once when they do not end within a second."""
        try:
            async with asyncio.timeout(1):
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[Session]:
        with away_translated():
            async with self._pool.acquire(timeout=CONNECT_SECONDS) as session:
                if not self._schema_seen:
                    await self._require_schema(session)
                    self._schema_seen = True
                yield session

    async def _require_schema(self, session: Session) -> None:
        try:
            rows = await session.fetch(self._sql["applied_versions"])
        except asyncpg.UndefinedTableError:
            rows = []
        if lacking := missing(self._needed, (row["version"] for row in rows)):
            raise SchemaBehindError(
                f"the schema lacks migration {', '.join(map(str, lacking))}; "
                "run `python -m server_agent.migrate`"
            )

    async def check(self) -> None:
        """Raises `NotReadyError` unless PostgreSQL answers and has the schema this release needs."""
        with away_translated():
            async with self._pool.acquire(timeout=CONNECT_SECONDS) as session:
                await self._require_schema(session)

    async def enqueue(self, message: Incoming) -> bool:
        """Stores a message and wakes the worker; False when the update is known already."""
        async with self._session() as session:
            row = await session.fetchrow(
                self._sql["enqueue"], message.update_id, message.chat_id, message.text
            )
        return row is not None

    async def answer_next(self, compose: Callable[[str], Awaitable[str]], delivery: str) -> bool:
        """Answers the oldest waiting message with what `compose` makes of its text; False if none waits.

        The message stays queued when `compose` fails.
        """
        async with self._session() as session, session.transaction():
            row = await session.fetchrow(self._sql["claim"])
            if row is None:
                return False
            answer = await compose(row["text"])
            await session.execute(self._sql["answer"], row["id"], answer, delivery)
        return True

    async def deliver_next(self, send: Callable[[int, str], Awaitable[None]]) -> bool:
        """Sends the oldest due answer with `send(chat_id, text)`; False if none is due.

        A `DeliveryError` is recorded: the answer is tried again later, or given up where that is pointless.
        """
        async with self._session() as session, session.transaction():
            row = await session.fetchrow(self._sql["claim_delivery"])
            if row is None:
                return False
            try:
                await send(row["chat_id"], row["answer"])
            except DeliveryError as error:
                if error.retry_after is None:
                    await session.execute(self._sql["refuse_delivery"], row["id"], str(error))
                else:
                    backoff = min(FIRST_RETRY_SECONDS * 2 ** min(row["attempts"], 10), LAST_RETRY_SECONDS)
                    pause = max(error.retry_after, backoff)
                    await session.execute(self._sql["delay_delivery"], row["id"], pause)
            else:
                await session.execute(self._sql["delivered"], row["id"])
        return True

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[Bell]:
        """A bell on a connection of its own for as long as the block lasts."""
        bell = Bell()
        with away_translated():
            connection = await asyncpg.connect(**self._connect_arguments)
            try:
                connection.add_termination_listener(lambda _: bell.lose())
                await connection.add_listener(CHANNEL, lambda *_: bell.ring())
                yield bell
            finally:
                connection.terminate()

    async def stats(self, day: date) -> Stats:
        """The figures; tokens of `day` (UTC)."""
        async with self._session() as session:
            row = await session.fetchrow(self._sql["stats"], day)
        return Stats(**dict(row or {}))

    async def tokens_used(self, day: date) -> int:
        """Tokens spent on `day` (UTC)."""
        async with self._session() as session:
            return int(await session.fetchval(self._sql["tokens_used"], day))

    async def unread(self, limit: int) -> Sequence[Unread]:
        """The oldest messages that no cycle has read."""
        async with self._session() as session:
            rows = await session.fetch(self._sql["unread"], limit)
        return [Unread(id=row["id"], text=row["text"]) for row in rows]

    async def record_cycle(self, day: date, last_message_id: int, summary: str, tokens: int) -> None:
        """A finished cycle; `last_message_id` is 0 when it read nothing."""
        async with self._session() as session:
            await session.execute(self._sql["record_cycle"], day, last_message_id, summary, tokens)
