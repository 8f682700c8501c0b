"""Which project a row, a message or an update belongs to, where the installation has several."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

import asyncpg

from pipeline.model.release import ProjectId
from pipeline.store.queries import load

_SQL = load("belonging")


class Row(StrEnum):
    """What a command or a button can name, by its number, a plan and a question by its nonce."""

    RUN = "run"
    BACKUP = "backup"
    RELEASE = "release"
    ALERT = "alert"
    STORM = "storm"
    PUSH = "push"
    PROBATION = "probation"
    INQUIRY = "inquiry"
    PLAN = "plan"
    QUESTION = "question"


@dataclass(frozen=True)
class Named:
    """By its number, of at most 63 bits, or by its nonce."""

    row: Row
    number: int | None = None
    nonce: str | None = None


@dataclass(frozen=True, kw_only=True)
class KeptUpdate:
    """`age`: for how long it has been stored."""

    raw: str
    age: timedelta


class Belonging:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def of(self, named: Named) -> ProjectId | None:
        """None for a row that is not there."""
        project: ProjectId | None = await self._pool.fetchval(
            _SQL["project_of_row"], named.row, named.number, named.nonce
        )
        return project

    async def of_message(self, chat: int, message: int) -> ProjectId | None:
        """The project whose card the message is; None for another message."""
        project: ProjectId | None = await self._pool.fetchval(_SQL["project_of_message"], chat, message)
        return project

    async def update(self, update_id: int) -> KeptUpdate | None:
        """A stored Telegram update; None once it is forgotten."""
        row = await self._pool.fetchrow(_SQL["kept_update"], update_id)
        return KeptUpdate(**dict(row)) if row else None

    async def choose(self, update_id: int, project: ProjectId) -> ProjectId | None:
        """Says which project an update is about; the one that was said first, None for a forgotten update."""
        chosen: ProjectId | None = await self._pool.fetchval(_SQL["choose_project"], update_id, project)
        return chosen
