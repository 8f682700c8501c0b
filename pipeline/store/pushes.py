"""Pushes: which commits were seen on the watched branch, what became of them, and which prompt shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal

import asyncpg
from pydantic import TypeAdapter

from pipeline.model.ci import Ci
from pipeline.model.push import PromptId, Push, PushedCommit, PushFacts, PushId
from pipeline.model.release import ProjectId, RunId
from pipeline.model.states import PushState
from pipeline.store.queries import load

_SQL = load("pushes")
_COMMITS = TypeAdapter(list[PushedCommit])
_FACTS = TypeAdapter(PushFacts)
_ALWAYS = datetime.min.replace(tzinfo=UTC)

_Connection = asyncpg.Pool | asyncpg.pool.PoolConnectionProxy


class Pushes:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def quiet(self, project: ProjectId, branch: str, sha: str, at: datetime) -> Push:
        """The branch is at a commit that needs no question; whatever was asked about another one is over."""
        async with self._pool.acquire() as connection, connection.transaction():
            added = await connection.fetchval(_SQL["add_push"], project, branch, sha, "[]", at)
            if added is not None:
                await connection.execute(_SQL["answer_push"], added, PushState.SKIPPED, None)
            push = added or await connection.fetchval(_SQL["push_of"], project, branch, sha)
            await self._arrived(connection, project, branch, push, at)
            return await _get(connection, push)

    async def ask(
        self,
        project: ProjectId,
        branch: str,
        sha: str,
        commits: Sequence[PushedCommit],
        facts: PushFacts,
        at: datetime,
        *,
        gathers_since: datetime = _ALWAYS,
    ) -> Push | None:
        """The branch is at a commit that is to be asked about; None where that was answered before, or waits.

        The prompt of the push before moves on to it, if it still waits and began at `gathers_since` or later.
        """
        text = _COMMITS.dump_json(list(commits)).decode()
        async with self._pool.acquire() as connection, connection.transaction():
            waiting = await connection.fetchrow(_SQL["gathering_prompt"], project, branch, gathers_since)
            push = await connection.fetchval(_SQL["add_push"], project, branch, sha, text, at)
            prompt, begun = push, at
            if push is None:
                known = await connection.fetchval(_SQL["push_of"], project, branch, sha)
                push = await connection.fetchval(_SQL["reopen_push"], known, text)
                if push is None:
                    await self._arrived(connection, project, branch, known, at)
                    return None
            if waiting is not None:
                prompt, begun = waiting["prompt_id"], waiting["begun_at"]
            elif prompt is None:
                prompt = await connection.fetchval(_SQL["new_prompt"])
            shown = _FACTS.dump_json(facts).decode()
            await connection.execute(_SQL["show_in_prompt"], prompt, push, begun, shown)
            await self._arrived(connection, project, branch, push, at)
            return await _get(connection, push)

    async def _arrived(
        self, connection: _Connection, project: ProjectId, branch: str, push: int, at: datetime
    ) -> None:
        await connection.execute(_SQL["supersede_pushes"], project, branch, push, at)
        await connection.execute(_SQL["point_tip"], project, branch, push)

    async def get(self, push: PushId) -> Push | None:
        row = await self._pool.fetchrow(_SQL["push"], push)
        return _push(row) if row else None

    async def newest(self, project: ProjectId, branch: str) -> Push | None:
        """That which the branch was at when it was last looked at; it need not be the one seen last."""
        number = await self._pool.fetchval(_SQL["newest_push"], project, branch)
        return await self.get(PushId(number)) if number else None

    async def of(self, project: ProjectId, branch: str, sha: str) -> Push | None:
        number = await self._pool.fetchval(_SQL["push_of"], project, branch, sha)
        return await self.get(PushId(number)) if number else None

    async def answer(
        self, push: PushId, state: Literal[PushState.DEPLOYED, PushState.SKIPPED], run: RunId | None = None
    ) -> Push | None:
        """Master's answer; None where it was answered or superseded before."""
        answered = await self._pool.fetchval(_SQL["answer_push"], push, state, run)
        return await self.get(push) if answered else None

    async def note_ci(self, push: Push, ci: Ci) -> None:
        """What the forge says of a push that is in a prompt."""
        await self._pool.execute(_SQL["note_ci"], push.prompt, push.id, ci)

    async def to_tell(
        self, project: ProjectId, chat: int, at: datetime, *, ask: bool = True
    ) -> list[PromptId]:
        """Prompts that are not sent yet or do not show their end yet; without `ask` no new ones."""
        rows = await self._pool.fetch(_SQL["prompts_to_tell"], chat, ask, at, project)
        return [row["id"] for row in rows]

    async def shown_in(self, prompt: PromptId) -> Push | None:
        """The push that a prompt shows."""
        row = await self._pool.fetchrow(_SQL["pushes_of_prompt"], prompt)
        push = await self.get(row["id"]) if row else None
        return replace(push, state=PushState.SUPERSEDED) if row and row["moved"] and push else push


async def _get(connection: _Connection, push: int) -> Push:
    row = await connection.fetchrow(_SQL["push"], push)
    if row is None:
        raise LookupError(f"push {push} is gone")
    return _push(row)


def _push(row: asyncpg.Record) -> Push:
    return Push(
        id=row["id"],
        project_id=row["project_id"],
        branch=row["branch"],
        sha=row["sha"],
        state=PushState(row["state"]),
        commits=_COMMITS.validate_json(row["commits"]),
        seen_at=row["seen_at"],
        answered_at=row["answered_at"],
        run_id=row["run_id"],
        prompt=row["prompt_id"],
        gathered=max(row["gathered"], 1),
        facts=_FACTS.validate_json(row["facts"]) if row["facts"] else None,
        ci=Ci(row["ci"]) if row["ci"] else None,
    )
