"""The part of the executor's lock that lies in PostgreSQL: an advisory lock, and a row that tells who."""

from __future__ import annotations

import asyncio

import asyncpg

from pipeline.model.executor import Executor
from pipeline.store.connect import Address, connect
from pipeline.store.queries import load

LEASE_SECONDS = 20.0
"""An executor that was heard of within this time may still act."""

_LOCK = 7_061_002
_CHECK_SECONDS = 5.0
_SQL = load("executors")


class Claim:
    """A claim to a project on one connection. Death frees it, for the lock goes with the connection.

    `broken` is set when the connection is lost; the lock is then gone too, until it is opened and taken anew.
    """

    def __init__(self, address: Address, project: str, lock_id: str, me: Executor) -> None:
        self._address = address
        self._project = project
        self._lock_id = lock_id
        self._me = me
        self._connection: asyncpg.Connection | None = None
        self.broken = asyncio.Event()

    async def open(self) -> None:
        """Raises JournalUnreachable."""
        self.close()
        connection = await connect(self._address)
        broken = asyncio.Event()
        connection.add_termination_listener(lambda _: broken.set())
        self._connection, self.broken = connection, broken

    def close(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None
        self.broken.set()

    @property
    def _open(self) -> asyncpg.Connection:
        if self._connection is None:
            raise RuntimeError("the claim is not open")
        return self._connection

    async def take(self, lease: float) -> Executor | None:
        """Takes the lock and tells who has it; where another executor has it, or may still act with another
        lock file because it was heard of less than `lease` seconds ago, that one (of an unknown name if it
        has told nothing)."""
        if not await self._open.fetchval(_SQL["try_lock"], _LOCK, self._project):
            row = await self._open.fetchrow(_SQL["other_executor"], self._project, self._lock_id, lease)
            return _executor(row) if row else UNKNOWN
        row = await self._open.fetchrow(_SQL["other_executor"], self._project, self._lock_id, lease)
        if row is not None:
            await self._open.execute(_SQL["unlock"], _LOCK, self._project)
            return _executor(row)
        me = self._me
        await self._open.execute(
            _SQL["register_executor"], self._project, self._lock_id, me.name, me.host, me.pid, me.since
        )
        return None

    async def renew(self) -> bool:
        """Whether the project is still ours; raises what a query raises while PostgreSQL is away."""
        mine = await self._open.fetchval(
            _SQL["renew_executor"], self._project, self._lock_id, self._me.pid, timeout=_CHECK_SECONDS
        )
        return mine is not None

    async def release(self) -> None:
        await self._open.execute(
            _SQL["release_executor"], self._project, self._lock_id, timeout=_CHECK_SECONDS
        )


UNKNOWN = Executor(name="another executor", host="unknown", pid=0, since=None, doing=None)


def _executor(row: asyncpg.Record) -> Executor:
    return Executor(name=row["name"], host=row["host"], pid=row["pid"], since=row["since"], doing=None)
