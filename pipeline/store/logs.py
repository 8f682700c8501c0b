"""The logs of runs that ended badly, on their way from the worker's disk to the chat."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import asyncpg

from pipeline.model.errors import StaleEpoch
from pipeline.model.release import RunId
from pipeline.store.queries import load

_SQL = load("logs")


@dataclass(frozen=True, kw_only=True)
class KnownLog:
    """`sent` is for how long it has been sent; None where it never was."""

    sent: timedelta | None


class RunLogs:
    """Contents are gzip."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def keep(self, run: RunId, epoch: int, content: bytes) -> None:
        """Raises StaleEpoch."""
        if await self._pool.fetchval(_SQL["keep_log"], run, epoch, content) is None:
            raise StaleEpoch(run, epoch)

    async def known(self, run: RunId) -> KnownLog | None:
        row = await self._pool.fetchrow(_SQL["log_known"], run)
        return KnownLog(sent=row["since"]) if row else None

    async def get(self, run: RunId) -> bytes | None:
        content: bytes | None = await self._pool.fetchval(_SQL["log"], run)
        return content

    async def sent(self, run: RunId) -> None:
        await self._pool.execute(_SQL["log_sent"], run)

    async def forget(self, limit: int) -> int:
        """Removes at most `limit` logs of runs whose events were folded; gives how many."""
        status = await self._pool.execute(_SQL["forget_logs"], limit)
        return int(status.rpartition(" ")[2])
