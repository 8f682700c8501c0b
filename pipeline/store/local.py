"""Tells the journal of a run that was carried out while it was away."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg
from pydantic import TypeAdapter

from pipeline.model.release import ProjectId, Release, ReleaseId, RunId
from pipeline.model.results import to_json
from pipeline.model.run import Failure, StageRow
from pipeline.model.states import ExitCode, RunKind, RunState, Source, StageState
from pipeline.store.queries import load
from pipeline.store.runs import storable

_SQL = load("local")
_RELEASES = load("releases")
_AUDIT = load("audit")
_FAILURE = TypeAdapter(Failure)
_UNFENCED = (None, None)


@dataclass(frozen=True, kw_only=True)
class PastRun:
    """A rollback with its end. `key` names it for ever; `serves` tells that the goal serves since `ended`."""

    key: str
    by: str
    target: str | None
    goal: Release
    before: Release | None
    began: datetime
    ended: datetime
    state: RunState
    code: ExitCode
    failure: Failure | None
    stages: Sequence[StageRow]
    serves: bool


class Local:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def tell(self, project: ProjectId, past: PastRun) -> RunId | None:
        """All of it or nothing; None where the journal knows it already."""
        async with self._pool.acquire() as connection, connection.transaction():
            goal = await _known(connection, project, past.goal)
            if goal is None:
                goal = await _add(connection, project, past.goal)
            before = await _known(connection, project, past.before) if past.before else None
            run: RunId | None = await connection.fetchval(
                _SQL["past_run"],
                project,
                RunKind.ROLLBACK,
                past.state,
                Source.CLI,
                past.by,
                past.began,
                past.target,
                past.goal.branch,
                past.goal.sha,
                before,
                goal,
                int(past.code),
                storable(_FAILURE.dump_json(past.failure).decode()) if past.failure else None,
                past.ended,
                past.key,
            )
            if run is None:
                return None
            await _tell_stages(connection, run, past)
            if past.serves and await connection.fetchval(_SQL["live_before"], project) != goal:
                await connection.execute(_RELEASES["make_live"], project, goal, None, *_UNFENCED)
                await connection.execute(_SQL["live_at"], goal, past.ended)
            detail = {"target": past.target, "sha": past.goal.sha, "at": past.began.isoformat()}
            await connection.execute(
                _AUDIT["write_line"], past.by, "rollback --local", run, None, None, json.dumps(detail)
            )
            return run


async def _known(
    connection: asyncpg.pool.PoolConnectionProxy, project: ProjectId, release: Release
) -> ReleaseId | None:
    row = await connection.fetchrow(_SQL["known_release"], project, json.dumps(release.images), release.id)
    return row["id"] if row else None


async def _add(
    connection: asyncpg.pool.PoolConnectionProxy, project: ProjectId, release: Release
) -> ReleaseId:
    """A release that the journal has not, or has no more."""
    row = await connection.fetchrow(
        _RELEASES["add_release"],
        project,
        None,
        release.sha,
        release.branch,
        json.dumps(release.images),
        release.compose_file,
        release.compose_hash,
        release.schema_revision,
        None,
        *_UNFENCED,
        release.undoing,
    )
    if row is None:
        raise LookupError("a release was not added")
    added: ReleaseId = row["id"]
    return added


async def _tell_stages(connection: asyncpg.pool.PoolConnectionProxy, run: RunId, past: PastRun) -> None:
    events: list[tuple[datetime, str, str | None, dict[str, object]]] = [(past.began, "requested", None, {})]
    for row in past.stages:
        ended = row.state in (StageState.SUCCEEDED, StageState.FAILED)
        state = row.state if ended else StageState.SKIPPED
        await connection.execute(
            _SQL["past_stage"],
            run,
            row.name,
            row.position,
            state,
            row.started_at,
            row.finished_at or past.ended,
            row.last_line,
            storable(to_json(row.result)) if row.result else None,
        )
        events.append((row.started_at or past.began, "stage_started", row.name, {}))
        if ended:
            events.append((row.finished_at or past.ended, "stage_ended", row.name, {"state": state}))
    end: dict[str, object] = {"state": past.state, "exit_code": int(past.code)}
    events.append((past.ended, "finished", None, end))
    for at, kind, stage, data in events:
        await connection.execute(_SQL["past_event"], run, at, kind, stage, json.dumps(data))
