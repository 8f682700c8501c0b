"""Where alerts show in the chat, and what makes the phone ring for them again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby

import asyncpg

from pipeline.model.alert import (
    REMIND_AFTER,
    STORM_ENDS,
    AlertId,
    Nudge,
    NudgeId,
    Storm,
    StormId,
    Why,
    cards_of_their_own,
)
from pipeline.model.release import ProjectId
from pipeline.store.alerts import alert_of
from pipeline.store.queries import load, one

_SQL = load("ringing")
_LONG_OVER = timedelta(days=1)
"""What ended longer ago, while the bot was away, is not told any more."""

_WORST = 40


class Ringing:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def stir(self, project: ProjectId, chat: int, now: datetime) -> bool:
        """Whether there may be anything to tell: mostly not, which this finds out in one query."""
        found: bool = await self._pool.fetchval(_SQL["alerts_stir"], chat, now - _LONG_OVER, project)
        return found

    async def place(self, at: datetime) -> None:
        """Each new alert gets a card of its own or, in a storm, a place in the card that gathers."""
        if not await self._pool.fetch(_SQL["untold_alerts"], at - _LONG_OVER):
            return
        async with self._pool.acquire() as connection, connection.transaction():
            rows = await connection.fetch(_SQL["untold_alerts"], at - _LONG_OVER)
            for project, fresh in groupby(rows, key=lambda row: row["project_id"]):
                await _place(connection, project, list(fresh), at)

    async def remind(self, at: datetime, *, quiet: bool) -> None:
        """What lasts, and nobody sees to, is told again an hour after it was told last; of warnings, where
        the hours are not quiet."""
        values = (at, at - REMIND_AFTER, quiet)
        await self._pool.execute(_SQL["remind_of_alerts"], *values)
        await self._pool.execute(_SQL["remind_of_storms"], *values)

    async def alerts_to_tell(self, project: ProjectId, chat: int, now: datetime) -> list[AlertId]:
        """Those with a card of their own that is not sent yet, or does not show their end yet."""
        rows = await self._pool.fetch(_SQL["alerts_to_tell"], chat, now - _LONG_OVER, project)
        return [row["id"] for row in rows]

    async def storms_to_tell(self, project: ProjectId, chat: int, now: datetime) -> list[StormId]:
        rows = await self._pool.fetch(_SQL["storms_to_tell"], chat, now - _LONG_OVER, project)
        return [row["id"] for row in rows]

    async def nudges_to_tell(self, project: ProjectId, chat: int, now: datetime) -> list[NudgeId]:
        """Those that are not sent yet, and those that are in the chat."""
        return [row["id"] for row in await self._pool.fetch(_SQL["nudges_to_tell"], chat, now, project)]

    async def storm(self, storm: StormId, now: datetime, worst: int = _WORST) -> Storm:
        """With its `worst` alerts. Raises LookupError."""
        row = await one(self._pool, _SQL["storm"], storm, now)
        found = await self._pool.fetch(_SQL["worst_of_storm"], storm, worst)
        return Storm(alerts=[alert_of(each) for each in found], **dict(row))

    async def nudge(self, nudge: NudgeId, now: datetime) -> Nudge:
        """Raises LookupError."""
        row = dict(await one(self._pool, _SQL["nudge"], nudge, now))
        return Nudge(**{**row, "why": Why(row["why"])})

    async def acknowledge_storm(self, storm: StormId, by: str, at: datetime) -> int:
        """All of it that lasts; how many nobody had acknowledged before."""
        return len(await self._pool.fetch(_SQL["acknowledge_storm"], storm, by, at))


async def _place(
    connection: asyncpg.pool.PoolConnectionProxy,
    project: ProjectId,
    fresh: Sequence[asyncpg.Record],
    at: datetime,
) -> None:
    minute, hour = at - timedelta(minutes=1), at - timedelta(hours=1)
    [told] = await connection.fetch(_SQL["told_lately"], project, minute, hour)
    count = cards_of_their_own(told["lately"], told["own"], len(fresh))
    own, gathered = [row["id"] for row in fresh[:count]], [row["id"] for row in fresh[count:]]
    await connection.execute(_SQL["place_alerts"], own, at, None)
    if not gathered:
        return
    critical = next((row["id"] for row in fresh[count:] if row["critical"]), None)
    storm = await connection.fetchval(_SQL["storm_goes_on"], project, at, at - STORM_ENDS)
    if storm is None:
        storm = await connection.fetchval(_SQL["storm_begins"], project, at, critical is not None)
    await connection.execute(_SQL["place_alerts"], gathered, at, storm)
    if critical is not None:
        await connection.execute(load("alerts")["ring_for_storm"], critical, at)
