"""The audit log: who did what, when and from where. The journal refuses to change or remove a line."""

from __future__ import annotations

import json
from datetime import datetime

import asyncpg

from pipeline.model.audit import AuditLine
from pipeline.model.release import ProjectId, RunId
from pipeline.store.queries import load

_SQL = load("audit")


class Audit:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def write(
        self,
        actor: str,
        action: str,
        *,
        run: int | None = None,
        chat: int | None = None,
        key: str | None = None,
        **detail: object,
    ) -> None:
        """One line; with a `key` that was written before, none. Where the key is that of a run's request, the
        line is about that run."""
        text = json.dumps(detail, default=str)
        await self._pool.execute(_SQL["write_line"], actor, action, run, chat, key, text)

    async def before(
        self, limit: int, line: int | None = None, since: datetime | None = None
    ) -> list[AuditLine]:
        """Newest first: the newest ones, or those before a line."""
        return [_line(row) for row in await self._pool.fetch(_SQL["lines_before"], line, since, limit)]

    async def after(self, limit: int, line: int) -> list[AuditLine]:
        """Newest first: those that followed a line next."""
        return [_line(row) for row in await self._pool.fetch(_SQL["lines_after"], line, limit)][::-1]

    async def of_project(
        self, project: ProjectId, limit: int, since: datetime | None = None
    ) -> list[AuditLine]:
        """Newest first: the newest ones about its runs."""
        return [_line(row) for row in await self._pool.fetch(_SQL["lines_of_project"], project, since, limit)]

    async def of_run(self, run: RunId, limit: int, since: datetime | None = None) -> list[AuditLine]:
        """Newest first."""
        return [_line(row) for row in await self._pool.fetch(_SQL["lines_of_run"], run, since, limit)]


def _line(row: asyncpg.Record) -> AuditLine:
    return AuditLine(
        id=row["id"],
        at=row["at"],
        actor=row["actor"],
        action=row["action"],
        run=row["run_id"],
        chat=row["chat_id"],
        detail=json.loads(row["detail"]),
    )
