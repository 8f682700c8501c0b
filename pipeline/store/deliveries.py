"""Deliveries of webhooks: each is taken once, and forgotten after some days."""

from __future__ import annotations

import asyncpg

from pipeline.model.release import ProjectId
from pipeline.store.queries import load
from pipeline.store.remote_moved import REMOTE_MOVED

KEPT_DAYS = 7

_SQL = load("deliveries")


class Deliveries:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def take(self, project: ProjectId, forge: str, delivery: str) -> bool:
        """Whether it is the first with this id."""
        return await self._pool.fetchval(_SQL["take_delivery"], project, forge, delivery) is not None

    async def forget(self, days: int = KEPT_DAYS) -> None:
        await self._pool.execute(_SQL["forget_deliveries"], days)

    async def tell_remote_moved(self) -> None:
        """Wakes whoever watches the remote."""
        await self._pool.execute(_SQL["tell_remote_moved"], REMOTE_MOVED)
