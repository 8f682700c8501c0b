"""Which chat is the home, groups that moved, and one-time codes that were tried."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg

from pipeline.model.release import ProjectId, RunId
from pipeline.store.queries import load

_SQL = load("people")


@dataclass(frozen=True)
class Move:
    """A group that became a supergroup."""

    old: int
    new: int


class Chats:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def settle(self, project: ProjectId, chat: int) -> None:
        """The project's home is this chat from now on; what was owed to the former one is owed to it."""
        async with self._pool.acquire() as connection, connection.transaction():
            former = await connection.fetchval(_SQL["home"], project)
            if former == chat:
                return
            if former is not None:
                await connection.execute(_SQL["inherit_chat"], former, chat, project)
            await connection.execute(_SQL["settle"], project, chat)

    async def move(self, old: int, new: int) -> bool:
        """Remembers it, and that each project whose home it was moved along; False where it was known."""
        async with self._pool.acquire() as connection, connection.transaction():
            if await connection.fetchval(_SQL["move_chat"], old, new) is None:
                return False
            for row in await connection.fetch(_SQL["projects_at"], old):
                await connection.execute(_SQL["inherit_chat"], old, new, row["project_id"])
                await connection.execute(_SQL["settle"], row["project_id"], new)
            return True

    async def moved(self) -> dict[int, int]:
        """Old id → new id."""
        return {row["old_id"]: row["new_id"] for row in await self._pool.fetch(_SQL["moved_chats"])}

    async def untold(self) -> list[Move]:
        return [Move(row["old_id"], row["new_id"]) for row in await self._pool.fetch(_SQL["untold_moves"])]

    async def told(self, move: Move) -> None:
        await self._pool.execute(_SQL["tell_move"], move.old)


@dataclass(frozen=True, kw_only=True)
class CodeRules:
    """After `tries` wrong codes within `window`, none is taken for as long."""

    tries: int = 5
    window: timedelta = timedelta(minutes=10)


class CodeRefused(Exception):
    """`until` is set where no code is taken before that; else the code was wrong, or `used` before."""

    def __init__(self, *, until: datetime | None = None, used: bool = False) -> None:
        super().__init__("the code was refused")
        self.until = until
        self.used = used


class Codes:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def use(
        self, step: int | None, *, run: RunId, user: int, now: datetime, rules: CodeRules | None = None
    ) -> None:
        """Uses up the code of that time step; `step` None is a wrong code, and counts. Raises CodeRefused."""
        rules = rules or CodeRules()
        refused: CodeRefused | None = None
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(_SQL["lock_codes"])
            await connection.execute(_SQL["forget_codes"], now)
            rows = await connection.fetch(_SQL["wrong_codes"], now - 2 * rules.window)
            until = shut_until([row["at"] for row in rows], rules)
            if until is not None and until > now:
                refused = CodeRefused(until=until)
            elif step is None:
                await connection.execute(_SQL["wrong_code"], now, user)
                refused = CodeRefused()
            elif await connection.fetchval(_SQL["use_code"], step, run, user) is None:
                refused = CodeRefused(used=True)
        if refused is not None:  # after the transaction: a wrong try is to be counted
            raise refused


def shut_until(wrong: Sequence[datetime], rules: CodeRules) -> datetime | None:
    """Until when no code is taken, after wrong ones at these times, oldest first."""
    recent = [at for at in wrong if at > wrong[-1] - rules.window] if wrong else []
    return recent[-1] + rules.window if len(recent) >= rules.tries else None
