"""Probations: what is watched after a switch, what was seen, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Hashable, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import asyncpg
from pydantic import TypeAdapter

from pipeline.model.probation import (
    Decision,
    Figures,
    Probation,
    ProbationId,
    ProbationState,
    Sample,
    Verdict,
    Watched,
    WayOut,
)
from pipeline.model.release import ProjectId, ReleaseId, RunId
from pipeline.model.run import Run
from pipeline.store.queries import load
from pipeline.store.runs import run_of, storable

_SQL = load("probations")


class Probations:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def run_to_watch(self, project: ProjectId, after: datetime) -> Run | None:
        """The switch that put what is live into production, where it ended after that moment and is not on
        probation yet."""
        row = await self._pool.fetchrow(_SQL["run_to_watch"], project, after)
        return run_of(row) if row else None

    async def begin(
        self,
        run: Run,
        release: ReleaseId,
        *,
        began_at: datetime,
        lasts: timedelta,
        watched: Watched,
        baseline: Figures | None,
    ) -> Probation | None:
        """None where there is one of that run already, or another one is under way."""
        row = await self._pool.fetchrow(
            _SQL["begin_probation"],
            run.project_id,
            run.id,
            release,
            run.live_release_id,
            began_at,
            began_at + lasts,
            _text(Watched, watched),
            _text(Figures, baseline) if baseline else None,
        )
        return _probation(row) if row else None

    async def watching(self, project: ProjectId) -> Probation | None:
        row = await self._pool.fetchrow(_SQL["watching"], project)
        return _probation(row) if row else None

    async def get(self, probation: ProbationId) -> Probation | None:
        row = await self._pool.fetchrow(_SQL["probation"], probation)
        return _probation(row) if row else None

    async def of_run(self, run: RunId) -> Probation | None:
        """The probation of what the run put into production."""
        row = await self._pool.fetchrow(_SQL["probation_of_run"], run)
        return _probation(row) if row else None

    async def of_release(self, release: ReleaseId | None) -> Probation | None:
        """The newest one of a release, while it is under way or nothing is decided yet."""
        row = await self._pool.fetchrow(_SQL["probation_of_release"], release)
        return _probation(row) if row else None

    async def that_asked(self, run: RunId) -> Probation | None:
        """The one that asked for the run by itself."""
        row = await self._pool.fetchrow(_SQL["probation_that_asked"], run)
        return _probation(row) if row else None

    async def samples(self, probation: ProbationId) -> list[Sample]:
        """In the order in which they were added."""
        text = await self._pool.fetchval(_SQL["samples"], probation)
        found: list[Sample] = _adapter(list[Sample]).validate_json(text) if text else []
        return found

    async def add(self, probation: ProbationId, sample: Sample) -> bool:
        """False where it has ended."""
        text = storable(_adapter(Sample).dump_json(sample, exclude_defaults=True).decode())
        return await self._pool.fetchval(_SQL["add_sample"], probation, text) is not None

    async def end(
        self,
        probation: ProbationId,
        verdict: Verdict,
        at: datetime,
        *,
        figures: Figures | None = None,
        way: WayOut | None = None,
        why_ask: str | None = None,
    ) -> Probation | None:
        """None where it has ended before."""
        row = await self._pool.fetchrow(
            _SQL["end_probation"],
            probation,
            verdict.state,
            at,
            _list(verdict.evidence),
            _list(verdict.notes),
            _text(Figures, figures) if figures else None,
            way,
            why_ask,
        )
        return _probation(row) if row else None

    async def note_revert(self, probation: ProbationId, run: RunId) -> None:
        await self._pool.execute(_SQL["note_revert"], probation, run)

    async def ask_after_all(self, probation: ProbationId, why: str) -> None:
        await self._pool.execute(_SQL["ask_after_all"], probation, why)

    async def decide(
        self,
        probation: ProbationId,
        decision: Decision,
        by: str | None,
        at: datetime,
        run: RunId | None = None,
    ) -> Probation | None:
        """None where nothing was asked, or it was decided before. `run` is the rollback asked for."""
        row = await self._pool.fetchrow(_SQL["decide"], probation, decision, by, at, run)
        return _probation(row) if row else None

    async def open(self, project: ProjectId) -> list[Probation]:
        """Those that did not pass and of which nothing was decided yet, oldest first."""
        return [_probation(row) for row in await self._pool.fetch(_SQL["open_probations"], project)]

    async def last_figures(self, release: ReleaseId) -> Figures | None:
        """How a release did in its newest probation."""
        text = await self._pool.fetchval(_SQL["last_figures"], release)
        found: Figures | None = _adapter(Figures).validate_json(text) if text else None
        return found

    async def to_tell(self, project: ProjectId, chat: int) -> list[ProbationId]:
        """Those that ask, and those whose card does not show their end yet."""
        return [row["id"] for row in await self._pool.fetch(_SQL["probations_to_tell"], chat, project)]


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    """Made when it is first needed."""
    return TypeAdapter(kind)


def _text(kind: Hashable, value: object) -> str:
    return _adapter(kind).dump_json(value).decode()


def _list(sentences: Sequence[str]) -> str:
    return storable(json.dumps(list(sentences)))


def _probation(row: asyncpg.Record) -> Probation:
    values: dict[str, Any] = {name: value for name, value in row.items() if name != "samples"}
    for name in ("baseline", "figures"):
        values[name] = _adapter(Figures).validate_json(values[name]) if values[name] else None
    return Probation(
        **{
            **values,
            "watched": _adapter(Watched).validate_json(values["watched"]),
            "state": ProbationState(values["state"]),
            "evidence": json.loads(values["evidence"]),
            "notes": json.loads(values["notes"]),
            "way": WayOut(values["way"]) if values["way"] else None,
            "decision": Decision(values["decision"]) if values["decision"] else None,
        }
    )
