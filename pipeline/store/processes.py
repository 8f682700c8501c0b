"""What runs on this journal: bot and worker, with the version and revision of each."""

from __future__ import annotations

import json
from collections.abc import Mapping

import asyncpg

from pipeline.model.running import Process, Running
from pipeline.store.queries import load

_SQL = load("processes")


class Processes:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def begin(self, process: Process, host: str, version: str, revision: str | None) -> None:
        """It has started; what one of the same host told before is forgotten."""
        await self._pool.execute(_SQL["begin_process"], process, host, version, revision)
        await self._pool.execute(_SQL["forget_processes"], process, host)

    async def tell(
        self, process: Process, host: str, *, polled: bool, shut: str | None, ill: Mapping[str, str]
    ) -> bool:
        """How it is; False where the journal does not know it, as after a restore of the journal itself."""
        words = json.dumps(dict(ill))
        return bool(await self._pool.fetchval(_SQL["tell_process"], process, host, polled, shut, words))

    async def all(self) -> list[Running]:
        """The newest start first."""
        return [
            Running(**{**dict(row), "ill": json.loads(row["ill"])})
            for row in await self._pool.fetch(_SQL["processes"])
        ]

    async def newest(self, process: Process) -> Running | None:
        """None where none has told of itself."""
        return next((found for found in await self.all() if found.process == process), None)

    async def observers(self) -> frozenset[str]:
        """Hosts of the workers that saw production last, of any project."""
        return frozenset(row["host"] for row in await self._pool.fetch(_SQL["observers"]) if row["host"])
