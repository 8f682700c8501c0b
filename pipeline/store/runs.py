"""Runs, their stages and events. Each write of an executor carries its epoch."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import asyncpg
from pydantic import TypeAdapter

from pipeline.model.errors import ActiveRun, NotOfItself, RunCancelled, StaleEpoch, TooLateToCancel
from pipeline.model.plan import left_waiting
from pipeline.model.release import ProjectId, ReleaseId, RunId
from pipeline.model.results import Result, from_json, to_json
from pipeline.model.run import Cancellation, Failure, Run, RunView, StageRow
from pipeline.model.states import ExitCode, RunKind, RunState, Source, StageName, StageState
from pipeline.of_project import CONTROLLER
from pipeline.store.crossing import nobody_replaces_the_controller, one_at_a_time
from pipeline.store.queries import load, one

_SQL = load("runs")
_NOT_OF_ITSELF = frozenset({RunKind.RESTORE, RunKind.REWIND, RunKind.ROLLBACK_DRILL})
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
        by_id: int | None = None,
    ) -> Run:
        """Asks the worker for a run. The same `key` gives the same run; another active one, ActiveRun.

        What the controller does not do to itself raises NotOfItself.

        `by_id` is the Telegram id of who asked in the chat.
        """
        asked = await self.asked_by(key) if key else None
        if kind in _NOT_OF_ITSELF and await self._pool.fetchval(_SQL["project_name"], project) == CONTROLLER:
            raise NotOfItself(kind)
        while asked is None:
            row = await self._pool.fetchrow(
                _SQL["request_run"], project, kind, source, by, target, key, by_id
            )
            if row:
                return run_of(row)
            asked = await self.asked_by(key) if key else None
            if asked:
                break
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
            )
        return asked

    async def asked_by(self, key: str) -> Run | None:
        """The run that was asked for with this key."""
        row = await self._pool.fetchrow(_SQL["run_by_key"], key)
        return run_of(row) if row else None

    async def asker(self, run: RunId) -> int | None:
        """The Telegram id of who asked in the chat; None where nobody did (command line, schedule)."""
        asker: int | None = await self._pool.fetchval(_SQL["asker"], run)
        return asker

    async def get(self, run: RunId) -> Run:
        row = await self._pool.fetchrow(_SQL["run"], run)
        if row is None:
            raise LookupError(f"no run {run}")
        return run_of(row)

    async def active(self, project: ProjectId) -> Run | None:
        row = await self._pool.fetchrow(_SQL["active_run"], project)
        return run_of(row) if row else None

    async def all_active(self) -> list[RunId]:
        """Of every project in the journal."""
        return [row["id"] for row in await self._pool.fetch(_SQL["all_active_runs"])]

    async def projects_of(self, runs: Collection[int]) -> dict[int, ProjectId]:
        """Whose the runs are; those that are not in the journal are left out."""
        rows = await self._pool.fetch(_SQL["projects_of_runs"], list(runs))
        return {row["id"]: row["project_id"] for row in rows}

    async def recent(self, project: ProjectId, limit: int) -> list[Run]:
        return [run_of(row) for row in await self._pool.fetch(_SQL["recent_runs"], project, limit)]

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
        return RunView(
            run=run_of(row), project=row["project_name"], stages=[_stage(stage) for stage in stages]
        )

    async def claim(self, run: RunId) -> Run | None:
        """Takes the run over with a new epoch; None where it has ended meanwhile."""
        row = await self._pool.fetchrow(_SQL["claim_run"], run)
        return run_of(row) if row else None

    async def cancel(self, run: RunId, by: str) -> Cancellation:
        """Calls the run off; whoever carries it out ends it. Asked again, who was first is told.

        Raises TooLateToCancel once it touches production or has ended, LookupError.
        """
        row = await self._pool.fetchrow(_SQL["cancel_run"], run, by)
        if row is not None:
            return Cancellation(by=row["cancelled_by"], at=row["cancelled_at"])
        now = await self.get(run)
        earlier = await self.cancellation(run)
        if earlier is not None and (now.state is RunState.CANCELLED or not now.state.final):
            return earlier
        if now.state.final:
            raise TooLateToCancel(
                f"Run {run} ({now.kind}) has ended already: {now.state}.",
                production="Nothing was done by this command.",
                advice="Nothing needs to be cancelled.",
            )
        raise TooLateToCancel(
            f"Run {run} ({now.kind}) is switching production already and cannot be cancelled any more.",
            production="It ends with the new release or, if that fails, with the one from before.",
            advice="Wait for its result; a rollback brings the release from before back.",
        )

    async def cancellation(self, run: RunId) -> Cancellation | None:
        row = await one(self._pool, _SQL["cancellation"], run)
        if row["cancelled_at"] is None:
            return None
        return Cancellation(by=row["cancelled_by"], at=row["cancelled_at"])

    async def cross(self, run: RunId, epoch: int) -> None:
        """From now on the run touches production and cannot be cancelled.

        Raises RunCancelled, StaleEpoch, and HandOverUnderWay where the controller is being replaced.
        """
        async with one_at_a_time(self._pool) as connection:
            await nobody_replaces_the_controller(connection, run)
            if await connection.fetchval(_SQL["cross_over"], run, epoch) is not None:
                return
        cancelled = await self.cancellation(run)
        if cancelled is None:
            raise StaleEpoch(run, epoch)
        raise RunCancelled(cancelled.by)

    async def lay(self, run: RunId, epoch: int, road: Sequence[StageName]) -> None:
        await self._fenced("lay_stages", run, epoch, list(road))

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

    async def tell(
        self, run: RunId, epoch: int, stage: StageName, line: str, state: StageState = StageState.RUNNING
    ) -> None:
        """Nothing where the stage is in another state, or another executor has taken the run over."""
        await self._pool.execute(_SQL["tell_line"], run, epoch, stage, line, state)

    async def end(
        self, run: RunId, epoch: int, stage: StageName, state: StageState, result: Result | None
    ) -> None:
        text = storable(to_json(result)) if result else None
        await self._fenced("end_stage", run, epoch, stage, state, text)

    async def mark(
        self, run: RunId, epoch: int, stage: StageName, name: str, facts: Mapping[str, str | None]
    ) -> None:
        """A trace of what the stage is about to do, for whoever does it again."""
        await self._fenced("mark_stage", run, epoch, stage, json.dumps({"name": name, "facts": dict(facts)}))

    async def marks(self, run: RunId, stage: StageName) -> dict[str, dict[str, str | None]]:
        """The facts of each mark by its name; those of the first one with that name."""
        rows = await self._pool.fetch(_SQL["marks_of_stage"], run, stage)
        found: dict[str, dict[str, str | None]] = {}
        for data in (json.loads(row["data"]) for row in rows):
            found.setdefault(data["name"], data["facts"])
        return found

    async def finish(
        self, run: RunId, epoch: int, state: RunState, code: ExitCode, failure: Failure | None
    ) -> None:
        """A plan of the run that still waits is void from then on. Raises StaleEpoch."""
        text = storable(_FAILURE.dump_json(failure).decode()) if failure else None
        plan = left_waiting(failure.what.replace("\0", "") if failure else None)
        await self._pool.execute(_SQL["close_stages"], run, epoch)
        await self._fenced("finish_run", run, epoch, state, int(code), text, plan)

    async def newest_restore(self, project: ProjectId) -> RunId | None:
        """The newest one that went well: its database of before is what an undo brings back."""
        run: RunId | None = await self._pool.fetchval(_SQL["newest_restore"], project)
        return run

    async def restores_among(self, project: ProjectId, runs: Collection[int], stage: StageName) -> set[int]:
        """Those of the runs that bring data of the project back and began that stage."""
        rows = await self._pool.fetch(_SQL["restores_among"], project, list(runs), stage)
        return {row["id"] for row in rows}

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


def storable(json_text: str) -> str:
    """Without NUL, which a log may hold and jsonb does not."""
    return _BACKSLASHED.sub(lambda found: "" if found[0] == r"\u0000" else found[0], json_text)


def run_of(row: asyncpg.Record) -> Run:
    """A row of the table `runs`."""
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
        switching_at=row["switching_at"],
        cancelled_by=row["cancelled_by"],
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
