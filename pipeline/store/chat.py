"""What the bot keeps: updates not yet handled, cards shown."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import asyncpg

from pipeline.model.release import ProjectId, RunId
from pipeline.model.running import Written
from pipeline.store.queries import load

_SQL = load("chat")

Subject = Literal[
    "run",
    "plan",
    "result",
    "push",
    "question",
    "copies",
    "reminder",
    "alert",
    "nudge",
    "storm",
    "probation",
    "digest",
]


@dataclass(frozen=True, kw_only=True)
class StoredUpdate:
    """`attempts` is how often it has been tried, `age` for how long it has been stored."""

    update_id: int
    raw: str
    attempts: int
    age: timedelta


@dataclass(frozen=True, kw_only=True)
class OtherBot:
    """Another bot on this journal: `name` is `HOST PID`, `since` when it connected."""

    name: str
    since: datetime


@dataclass(frozen=True, kw_only=True)
class ShownCard:
    """The message that shows a subject. `shown` is a fingerprint of what it shows now.

    Without `message_id` it was about to be sent, and nobody knows whether it arrived.
    """

    message_id: int | None
    shown: str | None
    final: bool


class Inbox:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def store(self, updates: list[tuple[int, str]]) -> None:
        """Keeps raw updates by id; those known already, with the same content, stay as they are."""
        await self._pool.executemany(_SQL["store_update"], updates)

    async def store_one(self, update_id: int, raw: str) -> StoredUpdate | None:
        """As `store`; the update where it is new, not tried yet."""
        if await self._pool.fetchval(_SQL["store_update"], update_id, raw) is None:
            return None
        return StoredUpdate(update_id=update_id, raw=raw, attempts=0, age=timedelta())

    async def last_id(self) -> int | None:
        last: int | None = await self._pool.fetchval(_SQL["last_update"])
        return last

    async def open(self, limit: int) -> list[StoredUpdate]:
        return [StoredUpdate(**dict(row)) for row in await self._pool.fetch(_SQL["open_updates"], limit)]

    async def take(self, under_way: Collection[int]) -> StoredUpdate | None:
        """The oldest open one but those under way, with one more try counted; None where there is none."""
        row = await self._pool.fetchrow(_SQL["take_update"], list(under_way))
        return StoredUpdate(**dict(row)) if row else None

    async def attempt(self, update_id: int) -> int | None:
        """Counts one more try of handling the update; how many there were, None where it is handled."""
        attempts: int | None = await self._pool.fetchval(_SQL["try_update"], update_id)
        return attempts

    async def rest(self, update_id: int) -> None:
        """Of the tries of an update that was handled and whose answer waits, one counts."""
        await self._pool.execute(_SQL["rest_update"], update_id)

    async def close(self, update_id: int, problem: str | None = None) -> None:
        await self._pool.execute(_SQL["close_update"], update_id, problem)

    async def drop(self, update_id: int) -> None:
        """Removes it, so that strangers fill no table."""
        await self._pool.execute(_SQL["drop_update"], update_id)

    async def other_bots(self) -> list[OtherBot]:
        """Those that may fetch updates in our place, longest connected first."""
        rows = await self._pool.fetch(_SQL["other_bots"])
        return [OtherBot(name=row["name"].partition(" ")[2], since=row["since"]) for row in rows]


class Cards:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def get(self, subject: Subject, subject_id: int, chat: int) -> ShownCard | None:
        row = await self._pool.fetchrow(_SQL["card"], subject, subject_id, chat)
        return (
            ShownCard(message_id=row["message_id"], shown=row["shown"], final=row["final"]) if row else None
        )

    async def show(
        self,
        subject: Subject,
        subject_id: int,
        chat: int,
        *,
        message: int,
        shown: str,
        final: bool,
        by: str | None = None,
    ) -> None:
        """`by` is the host of the bot that has just sent or edited the message, where one has."""
        await self._pool.execute(_SQL["show_card"], subject, subject_id, chat, message, shown, final, by)

    async def written(self, subject: Subject, subject_id: int) -> list[Written]:
        """By whom and when the messages that show it were written, in any chat, the newest first."""
        rows = await self._pool.fetch(_SQL["written_cards"], subject, subject_id)
        return [Written(by=row["written_by"], at=row["written_at"]) for row in rows]

    async def intend(self, subject: Subject, subject_id: int, chat: int) -> None:
        """Before a card is sent: a bot that is killed then leaves word that it may have arrived."""
        await self._pool.execute(_SQL["intend_card"], subject, subject_id, chat)

    async def forget(self, subject: Subject, subject_id: int, chat: int) -> None:
        """It never arrived, and is not to be sent any more."""
        await self._pool.execute(_SQL["forget_card"], subject, subject_id, chat)

    async def arrived(self, chat: int, message: int) -> None:
        """A message of ours is in the chat; ids grow."""
        await self._pool.execute(_SQL["note_message"], chat, message)

    async def last_message(self, chat: int) -> int | None:
        """The newest one that is known to have arrived."""
        message: int | None = await self._pool.fetchval(_SQL["last_message"], chat)
        return message

    async def runs_to_tell(self, project: ProjectId, chat: int) -> list[RunId]:
        return [row["id"] for row in await self._pool.fetch(_SQL["runs_to_tell"], chat, project)]

    async def results_to_tell(self, project: ProjectId, chat: int) -> list[RunId]:
        """Runs that ended and whose result has not been sent."""
        return [row["id"] for row in await self._pool.fetch(_SQL["results_to_tell"], chat, project)]
