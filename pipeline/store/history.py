"""What lies behind: the list of past runs, and folding away what nobody reads any more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import asyncpg

from pipeline.model.release import ProjectId, ReleaseId, RunId
from pipeline.model.states import ExitCode, RunKind, RunState
from pipeline.store.queries import load

_SQL = load("history")


@dataclass(frozen=True, kw_only=True)
class PastRun:
    """A run in a list: without what only its own card tells."""

    id: RunId
    kind: RunKind
    state: RunState
    exit_code: ExitCode | None
    sha: str | None
    branch: str | None
    requested_by: str
    requested_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class History:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def runs(self, project: ProjectId, limit: int) -> list[PastRun]:
        """Newest first, the active one among them."""
        return [_past(row) for row in await self._pool.fetch(_SQL["past_runs"], project, limit)]

    async def ways_back_proven(self, project: ProjectId) -> dict[ReleaseId, datetime]:
        """When the newest rollback drill went well, by the release to go back to; only those from what is
        live now count, for a newer release may have closed the way."""
        rows = await self._pool.fetch(_SQL["ways_back_proven"], project)
        return {ReleaseId(row["release"]): row["at"] for row in rows}

    async def before(self, project: ProjectId, limit: int, run: int | None = None) -> list[PastRun]:
        """Newest first: the newest ones, or those before a run."""
        return [_past(row) for row in await self._pool.fetch(_SQL["runs_before"], project, run, limit)]

    async def after(self, project: ProjectId, limit: int, run: int) -> list[PastRun]:
        """Newest first: those that followed a run next."""
        rows = await self._pool.fetch(_SQL["runs_after"], project, run, limit)
        return [_past(row) for row in rows][::-1]

    async def newest_logged(self, project: ProjectId) -> PastRun | None:
        """The newest run that ended badly and whose log is kept."""
        row = await self._pool.fetchrow(_SQL["newest_logged"], project)
        return _past(row) if row else None

    async def fold_events(self, days: int, limit: int) -> int:
        """Folds the events of runs that ended more than `days` ago, of at most `limit` runs.

        One event of kind `folded` stays for each, with how many there were, the first and the last time.
        Gives for how many runs that was done; they are not looked at again.
        """
        folded: int = await self._pool.fetchval(_SQL["fold_events"], days, limit)
        return folded

    async def forget_updates(self, days: int, limit: int) -> int:
        """Removes at most `limit` Telegram updates handled more than `days` ago; gives how many."""
        status = await self._pool.execute(_SQL["forget_updates"], days, limit)
        return int(status.rpartition(" ")[2])

    async def move_known_since(self) -> None:
        """Lets the search for runs that a chat was not told of begin later, where it may."""
        await self._pool.execute(_SQL["move_known_since"])


def _past(row: asyncpg.Record) -> PastRun:
    values = dict(row)
    code = values["exit_code"]
    return PastRun(
        **{
            **values,
            "kind": RunKind(values["kind"]),
            "state": RunState(values["state"]),
            "exit_code": None if code is None else ExitCode(code),
        }
    )
