"""Inquiries of the bot and the worker's answers. They are forgotten after a day."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Sequence

import asyncpg
from pydantic import TypeAdapter

from pipeline.model.inquiry import Found, Inquiry, InquiryId, LogsWanted, PlanWanted, RestartWanted, Wanted
from pipeline.model.release import ProjectId
from pipeline.store.queries import load

TAKEN_SECONDS = 5
"""So long the worker has to take one: it is woken at once. Then it counts as away."""

ANSWERED_SECONDS = 15
"""So long one that was taken may go without an answer, since it was asked."""

PLANNED_SECONDS = 75
"""Likewise for a plan: the repository is fetched for it."""

RESTARTED_SECONDS = 90
"""Likewise for a restart, which waits for a service."""

KINDS = ("logs", "plan", "restart")
"""None of them waits for another."""

KEPT_HOURS = 24

_SQL = load("inquiries")
_KINDS: dict[str, type[Wanted]] = {"logs": LogsWanted, "plan": PlanWanted, "restart": RestartWanted}
_WANTED: dict[str, TypeAdapter[Wanted]] = {kind: TypeAdapter(type_) for kind, type_ in _KINDS.items()}
_ANSWER: TypeAdapter[Found] = TypeAdapter(Found)


class Inquiries:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def ask(
        self,
        project: ProjectId,
        wanted: Wanted,
        *,
        key: str,
        chat: int,
        topic: int | None = None,
        message: int | None = None,
    ) -> bool:
        """Asking twice with one key asks once; False where it was asked before."""
        kind = next(kind for kind, type_ in _KINDS.items() if isinstance(wanted, type_))
        text = _WANTED[kind].dump_json(wanted).decode()
        asked = await self._pool.fetchval(_SQL["ask"], project, key, chat, topic, message, kind, text)
        return asked is not None

    async def take(self, project: ProjectId, kinds: Sequence[str] = KINDS) -> Inquiry | None:
        """The oldest of these kinds that waits; no other worker is given it."""
        row = await self._pool.fetchrow(_SQL["take"], project, float(TAKEN_SECONDS), list(kinds))
        return await _inquiry(row) if row else None

    async def answer(self, inquiry: InquiryId, found: Found) -> None:
        """One that comes after the chat was told that none came is dropped."""
        packed = await asyncio.to_thread(lambda: gzip.compress(_ANSWER.dump_json(found)))
        await self._pool.execute(_SQL["answer"], inquiry, packed)

    async def untold(self, project: ProjectId) -> tuple[list[Inquiry], bool]:
        """Those that the chat is to be told of now, oldest first; and whether others still wait."""
        seconds = (TAKEN_SECONDS, ANSWERED_SECONDS, PLANNED_SECONDS, RESTARTED_SECONDS)
        rows = await self._pool.fetch(_SQL["untold"], project, *map(float, seconds))
        due = [await _inquiry(row) for row in rows if row["due"]]
        return due, len(due) < len(rows)

    async def told(self, inquiry: InquiryId) -> None:
        await self._pool.execute(_SQL["told"], inquiry)

    async def get(self, inquiry: InquiryId) -> Inquiry | None:
        """None where it is not known any more."""
        row = await self._pool.fetchrow(_SQL["inquiry"], inquiry)
        return await _inquiry(row) if row else None

    async def forget(self, hours: int = KEPT_HOURS) -> None:
        await self._pool.execute(_SQL["forget_inquiries"], hours)


async def _inquiry(row: asyncpg.Record) -> Inquiry:
    return Inquiry(
        id=row["id"],
        project_id=row["project_id"],
        chat=row["chat_id"],
        topic=row["topic_id"],
        message=row["message_id"],
        wanted=_WANTED[row["kind"]].validate_json(row["wanted"]),
        asked_at=row["asked_at"],
        taken_at=row["taken_at"],
        answered_at=row["answered_at"],
        answer=await asyncio.to_thread(_unpacked, row["answer"]) if row["answer"] else None,
    )


def _unpacked(content: bytes) -> Found:
    return _ANSWER.validate_json(gzip.decompress(content))
