"""Digests: one a moment, and what happened in the time that each tells of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import asyncpg

from pipeline.model.happened import BadEnd, Happened, Tally
from pipeline.model.release import ProjectId
from pipeline.model.schedule import Digest, DigestId
from pipeline.model.states import RunKind, RunState
from pipeline.store.queries import load, one

_SQL = load("digests")
NAMED = 5
"""Failed runs and deployed commits that are named; the others are counted."""


@dataclass(frozen=True, kw_only=True)
class ToPicture:
    """A digest that was told in message `message_id` and has no picture yet."""

    digest: Digest
    message_id: int | None


class Digests:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def make(self, project: ProjectId, moment: datetime, since: datetime) -> None:
        """Once a moment: of the time since the digest before, or `since` where it is the first."""
        await self._pool.execute(_SQL["make_digest"], project, moment, since)

    async def get(self, digest: DigestId) -> Digest:
        """Raises LookupError."""
        return Digest(**dict(await one(self._pool, _SQL["digest"], digest)))

    async def newest(self, project: ProjectId) -> Digest | None:
        row = await self._pool.fetchrow(_SQL["newest_digest"], project)
        return Digest(**dict(row)) if row else None

    async def to_tell(self, project: ProjectId, chat: int) -> list[DigestId]:
        return [row["id"] for row in await self._pool.fetch(_SQL["digests_to_tell"], chat, project)]

    async def to_picture(self, project: ProjectId, chat: int) -> ToPicture | None:
        """The newest one, once its text is in the chat."""
        row = await self._pool.fetchrow(_SQL["unpictured_digest"], project, chat)
        if row is None:
            return None
        values = dict(row)
        message = values.pop("message_id")
        return ToPicture(digest=Digest(**values), message_id=message)

    async def picture(self, digest: DigestId) -> bool:
        """Whether its picture is to be sent now: that is so once."""
        return await self._pool.fetchval(_SQL["picture_digest"], digest) is not None

    async def happened(self, digest: Digest) -> Happened:
        """Read in one snapshot."""
        time = (digest.project_id, digest.since, digest.moment)
        async with (
            self._pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            runs = await connection.fetch(_SQL["runs_ended"], *time)
            bad = await connection.fetch(_SQL["runs_ended_badly"], *time, NAMED)
            deployed = await connection.fetch(_SQL["commits_deployed"], *time, NAMED)
            alerts = await connection.fetchrow(_SQL["alerts_lasted"], *time)
            [backups] = await connection.fetch(_SQL["backups_made"], *time)
        return Happened(
            runs=[Tally(kind=RunKind(r["kind"]), state=RunState(r["state"]), count=r["count"]) for r in runs],
            bad=[
                BadEnd(**{**dict(r), "kind": RunKind(r["kind"]), "state": RunState(r["state"])}) for r in bad
            ],
            deployed=[row["sha"] for row in deployed],
            alerts=alerts["count"] if alerts else 0,
            critical=alerts["critical"] if alerts else 0,
            longest=alerts["lasted"] if alerts else None,
            longest_title=alerts["title"] if alerts else "",
            backups=backups["made"],
            bytes_before=backups["bytes_before"],
        )

    async def in_quarantine(self, project: ProjectId) -> int:
        """How many backups are, whose files are kept."""
        count: int = await self._pool.fetchval(_SQL["backups_in_quarantine"], project)
        return count
