"""Alerts: what is wrong now, one row a problem however often it is told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import asyncpg
from pydantic import TypeAdapter

from pipeline.model.alert import BACK_WITHIN, Alert, AlertId, Problem
from pipeline.model.release import ProjectId
from pipeline.store.queries import load, one

_SQL = load("alerts")
_PROBLEM = TypeAdapter(Problem)


class Alerts:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def settle(
        self, project: ProjectId, watcher: str, problems: Sequence[Problem], at: datetime
    ) -> None:
        """All that a watcher finds wrong now, each problem once; what it told before and does not tell now is
        over. Where nothing differs nothing is written."""
        async with self._pool.acquire() as connection, connection.transaction():
            for problem in problems:
                await _tell(connection, project, watcher, problem, at)
            told = [problem.fingerprint for problem in problems]
            await connection.execute(_SQL["alerts_over"], project, watcher, told, at)

    async def get(self, alert: AlertId) -> Alert:
        """Raises LookupError."""
        return _alert(await one(self._pool, _SQL["alert"], alert))

    async def open(self, project: ProjectId) -> list[Alert]:
        """Critical ones first, then the oldest."""
        return [_alert(row) for row in await self._pool.fetch(_SQL["open_alerts"], project)]

    async def recent(self, project: ProjectId, limit: int) -> list[Alert]:
        """Open ones first, then those that were over last."""
        return [_alert(row) for row in await self._pool.fetch(_SQL["recent_alerts"], project, limit)]

    async def acknowledge(self, alert: AlertId, by: str, at: datetime) -> Alert | None:
        """None where it is over, or was acknowledged before."""
        row = await self._pool.fetchrow(_SQL["acknowledge_alert"], alert, by, at)
        return _alert(row) if row else None

    async def snooze(self, alert: AlertId, by: str, until: datetime) -> Alert | None:
        """None where it is over."""
        row = await self._pool.fetchrow(_SQL["snooze_alert"], alert, by, until)
        return _alert(row) if row else None


async def _tell(
    connection: asyncpg.pool.PoolConnectionProxy,
    project: ProjectId,
    watcher: str,
    problem: Problem,
    at: datetime,
) -> None:
    text = _PROBLEM.dump_json(problem).decode()
    name, severity = problem.fingerprint, problem.severity
    row = await connection.fetchrow(_SQL["open_alert"], project, name)
    if row is not None:
        known = _alert(row)
        if known.problem != problem or known.watcher != watcher or problem.more:
            goes_on = (row["id"], watcher, severity, text, problem.more, at)
            await connection.execute(_SQL["alert_goes_on"], *goes_on)
        return
    values = (project, name, watcher, severity, text, problem.more, at)
    if await connection.fetchval(_SQL["alert_comes_back"], *values, at - BACK_WITHIN) is None:
        await connection.execute(_SQL["alert_begins"], *values)


def _alert(row: asyncpg.Record) -> Alert:
    values = {name: value for name, value in row.items() if name not in ("fingerprint", "severity")}
    return Alert(**{**values, "problem": _PROBLEM.validate_json(values["problem"])})
