"""Runs, their stages and events. Each write of an executor carries its epoch."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

import asyncpg
from pydantic import TypeAdapter

from pipeline.model.errors import ActiveRun, StaleEpoch
from pipeline.model.release import ProjectId, ReleaseId, RunId
from pipeline.model.results import Result, from_json, to_json
from pipeline.model.run import Failure, Run, RunView, StageRow
from pipeline.model.states import ExitCode, RunKind, RunState, Source, StageName, StageState
from pipeline.store.queries import load, one

_SQL = load("runs")
_FAILURE = TypeAdapter(Failure)
_BACKSLASHED = re.compile(r"\\\\|\\u0000")


class Runs:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def request(
        self,
        project: ProjectId,
        kind: RunKind,
        *,
        source: Source,
        by: str,
        target: str | None = None,
        key: str | None = None,
    ) -> Run:
        """Asks the worker for a run. The same `key` gives the same run; another active one, ActiveRun."""
        asked = await self._pool.fetchrow(_SQL["run_by_key"], key) if key else None
        if asked:
            return _run(asked)
        while True:
            try:
                row = await self._pool.fetchrow(_SQL["request_run"], project, kind, source, by, target, key)
                return _run(row or await one(self._pool, _SQL["run_by_key"], key))
            except asyncpg.UniqueViolationError as error:
                active = await self.active(project)
                if active is None:
                    continue  # the one in the way has just ended
                current = (await self.view(active.id)).current
                raise ActiveRun(
                    run_id=active.id,
                    kind=active.kind,
                    stage=current.name if current else None,
                    since=active.requested_at,
                    requested_by=active.requested_by,
                ) from error

    async def get(self, run: RunId) -> Run:
        row = await self._pool.fetchrow(_SQL["run"], run)
        if row is None:
            raise LookupError(f"no run {run}")
        return _run(row)

    async def active(self, project: ProjectId) -> Run | None:
        row = await self._pool.fetchrow(_SQL["active_run"], project)
        return _run(row) if row else None

    async def recent(self, project: ProjectId, limit: int) -> list[Run]:
        return [_run(row) for row in await self._pool.fetch(_SQL["recent_runs"], project, limit)]

    async def view(self, run: RunId) -> RunView:
        """The run with its stages, read in one snapshot. Raises LookupError."""
        async with (
            self._pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            row = await connection.fetchrow(_SQL["run_with_project"], run)
            if row is None:
                raise LookupError(f"no run {run}")
            stages = await connection.fetch(_SQL["stages"], run)
        return RunView(run=_run(row), project=row["project_name"], stages=[_stage(stage) for stage in stages])

    async def claim(self, run: RunId) -> Run | None:
        """Takes the run over with a new epoch; None where it has ended meanwhile."""
        row = await self._pool.fetchrow(_SQL["claim_run"], run)
        return _run(row) if row else None

    async def lay(self, run: RunId, road: Sequence[StageName]) -> None:
        await self._pool.execute(_SQL["lay_stages"], run, list(road))

    async def note(
        self,
        run: RunId,
        epoch: int,
        *,
        branch: str | None = None,
        sha: str | None = None,
        live: ReleaseId | None = None,
        release: ReleaseId | None = None,
    ) -> None:
        await self._fenced("note_run", run, epoch, branch, sha, live, release)

    async def move(self, run: RunId, epoch: int, state: RunState) -> None:
        await self._fenced("move_run", run, epoch, state)

    async def begin(self, run: RunId, epoch: int, stage: StageName, position: int) -> None:
        await self._fenced("begin_stage", run, epoch, stage, position)

    async def tell(self, run: RunId, epoch: int, stage: StageName, line: str) -> None:
        await self._pool.execute(_SQL["tell_line"], run, epoch, stage, line)

    async def end(
        self, run: RunId, epoch: int, stage: StageName, state: StageState, result: Result | None
    ) -> None:
        text = _storable(to_json(result)) if result else None
        await self._fenced("end_stage", run, epoch, stage, state, text)

    async def finish(
        self, run: RunId, epoch: int, state: RunState, code: ExitCode, failure: Failure | None
    ) -> None:
        text = _storable(_FAILURE.dump_json(failure).decode()) if failure else None
        await self._pool.execute(_SQL["close_stages"], run, epoch)
        await self._fenced("finish_run", run, epoch, state, int(code), text)

    async def last_downtime(self, project: ProjectId) -> float | None:
        """Seconds from stop to healthy in the newest switch that went well."""
        seconds: float | None = await self._pool.fetchval(_SQL["last_downtime"], project)
        return seconds

    async def events(self, run: RunId) -> list[dict[str, Any]]:
        rows = await self._pool.fetch(_SQL["events_of_run"], run)
        return [{**row, "data": json.loads(row["data"])} for row in rows]

    async def _fenced(self, block: str, run: RunId, epoch: int, *values: object) -> None:
        if await self._pool.fetchval(_SQL[block], run, epoch, *values) is None:
            raise StaleEpoch(run, epoch)


def _storable(json_text: str) -> str:
    """Without NUL, which a log may hold and jsonb does not."""
    return _BACKSLASHED.sub(lambda found: "" if found[0] == r"\u0000" else found[0], json_text)


def _run(row: asyncpg.Record) -> Run:
    return Run(
        id=row["id"],
        project_id=row["project_id"],
        kind=RunKind(row["kind"]),
        state=RunState(row["state"]),
        source=Source(row["source"]),
        requested_by=row["requested_by"],
        requested_at=row["requested_at"],
        target=row["target"],
        branch=row["branch"],
        sha=row["sha"],
        live_release_id=row["live_release_id"],
        release_id=row["release_id"],
        epoch=row["epoch"],
        exit_code=None if row["exit_code"] is None else ExitCode(row["exit_code"]),
        failure=_FAILURE.validate_json(row["failure"]) if row["failure"] else None,
        started_at=row["started_at"],
        finished_at=row["finished_at"],
    )


def _stage(row: asyncpg.Record) -> StageRow:
    name = StageName(row["name"])
    return StageRow(
        name=name,
        position=row["position"],
        state=StageState(row["state"]),
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        last_line=row["last_line"],
        result=from_json(name, row["result"]) if row["result"] else None,
    )
