"""Alerts: what is wrong now, one row a problem however often it is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime

import asyncpg
from pydantic import TypeAdapter

from pipeline.model.alert import BACK_WITHIN, RING_AGAIN, Alert, AlertId, Problem, Severity, Why
from pipeline.model.release import ProjectId
from pipeline.store.connect import Address, connect
from pipeline.store.queries import load, one

_SQL = load("alerts")
_PROBLEM = TypeAdapter(Problem)
_FIELDS = [field.name for field in fields(Alert) if field.name != "problem"]


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
        return alert_of(await one(self._pool, _SQL["alert"], alert))

    async def open(self, project: ProjectId) -> list[Alert]:
        """Critical ones first, then the oldest."""
        return [alert_of(row) for row in await self._pool.fetch(_SQL["open_alerts"], project)]

    async def ended(self, project: ProjectId, since: datetime, limit: int) -> list[Alert]:
        """The newest that are over, the last one first."""
        rows = await self._pool.fetch(_SQL["ended_alerts"], project, since, limit)
        return [alert_of(row) for row in rows]

    async def note(self, alert: AlertId, what: str, at: datetime) -> None:
        """What was done about it, for its card."""
        await self._pool.execute(_SQL["note_alert"], alert, what, at)

    async def recent(self, project: ProjectId, limit: int) -> list[Alert]:
        """Open ones first, then those that were over last."""
        return [alert_of(row) for row in await self._pool.fetch(_SQL["recent_alerts"], project, limit)]

    async def acknowledge(self, alert: AlertId, by: str, at: datetime) -> Alert | None:
        """None where it is over, or was acknowledged before."""
        row = await self._pool.fetchrow(_SQL["acknowledge_alert"], alert, by, at)
        return alert_of(row) if row else None

    async def snooze(self, alert: AlertId, by: str, until: datetime) -> Alert | None:
        """None where it is over."""
        row = await self._pool.fetchrow(_SQL["snooze_alert"], alert, by, until)
        return alert_of(row) if row else None


async def open_problem(journal: Address, project: str, watcher: str) -> str | None:
    """What a watcher finds wrong with a project, without a pool; None also before the journal is laid out.

    Raises JournalUnreachable.
    """
    connection = await connect(journal)
    try:
        what: str | None = await connection.fetchval(_SQL["open_problem"], project, watcher)
    except asyncpg.UndefinedTableError:
        return None
    finally:
        await connection.close()
    return what


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
        known = alert_of(row)
        if known.problem != problem or known.watcher != watcher or problem.more:
            goes_on = (known.id, watcher, severity, text, problem.more, at)
            await connection.execute(_SQL["alert_goes_on"], *goes_on)
        if severity is Severity.CRITICAL and not known.critical:
            await _ring(connection, known.id, Why.CRITICAL, at)
            await connection.execute(_SQL["ring_for_storm"], known.id, at)
        return
    values = (project, name, watcher, severity, text, problem.more, at)
    back = await connection.fetchval(_SQL["alert_comes_back"], *values, at - BACK_WITHIN)
    if back is None:
        await connection.execute(_SQL["alert_begins"], *values)
    else:
        await _ring(connection, back, Why.BACK, at)
        await connection.execute(_SQL["ring_for_storm_again"], back, at, at - RING_AGAIN)


async def _ring(connection: asyncpg.pool.PoolConnectionProxy, alert: AlertId, why: Why, at: datetime) -> None:
    await connection.execute(_SQL["ring"], alert, why, at, at - RING_AGAIN)


def alert_of(row: asyncpg.Record) -> Alert:
    return Alert(problem=_PROBLEM.validate_json(row["problem"]), **{name: row[name] for name in _FIELDS})
