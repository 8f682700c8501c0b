"""What /stats and /metrics tell: collected when asked for, once for all who ask meanwhile."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import structlog

from bot.health import Health
from pipeline.cancelling import end, pass_on_cancellation
from pipeline.figures import read
from pipeline.model.compared import Figures
from pipeline.model.errors import PipelineError
from pipeline.model.release import ProjectId
from pipeline.model.snapshot import Snapshot, StageTimes
from pipeline.model.states import StageName
from pipeline.store.connect import LOST
from pipeline.store.store import Store

COLLECT_SECONDS = 5.0
"""A journal that takes longer is told as away."""

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Counted:
    """What the journal says of one project."""

    snapshot: Snapshot
    figures: Figures
    stages: dict[StageName, StageTimes] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Told:
    """`counted` is of each project, the default one first; empty where the journal is away, for the reason of
    `problem`. `uptime` and `took` are in seconds."""

    at: datetime
    uptime: float
    took: float
    health: Health
    counted: Sequence[Counted] = ()
    problem: str = ""


class Gathering:
    """The journal is handed in once it is there."""

    def __init__(self, health: Health, seconds: float = COLLECT_SECONDS) -> None:
        self._health = health
        self._seconds = seconds
        self._began = time.monotonic()
        self._journal: tuple[Store, Sequence[ProjectId]] | None = None
        self._collecting: asyncio.Task[Told] | None = None
        self._ended: dict[ProjectId, object] = {}
        self._stages: dict[ProjectId, dict[StageName, StageTimes]] = {}
        self.collections = 0

    def journal(self, store: Store, projects: Sequence[ProjectId]) -> None:
        self._journal = (store, projects)

    async def now(self) -> Told:
        """Whoever asks while it is being collected gets the same."""
        if self._collecting is None or self._collecting.done():
            self._collecting = asyncio.create_task(self._collect(), name="gathering")
        return await asyncio.shield(self._collecting)

    async def end(self) -> None:
        if self._collecting is not None:
            await end([self._collecting])

    async def _collect(self) -> Told:
        self.collections += 1
        began, at = time.monotonic(), datetime.now(UTC)
        problem = ""
        counted: list[Counted] = []
        try:
            async with asyncio.timeout(self._seconds):
                counted = await self._count_all(at)
        except (PipelineError, *LOST) as error:
            pass_on_cancellation()
            problem = str(error) or type(error).__name__
            log.warning("not_gathered", problem=problem)
        return Told(
            at=at,
            uptime=time.monotonic() - self._began,
            took=time.monotonic() - began,
            health=self._health,
            counted=counted,
            problem=problem,
        )

    async def _count_all(self, at: datetime) -> list[Counted]:
        if self._journal is None:
            return []
        store, projects = self._journal
        return [await self._count(store, project, at) for project in projects]

    async def _count(self, store: Store, project: ProjectId, at: datetime) -> Counted:
        snapshot = await store.gauges.snapshot(project)
        ended = {pair: count for pair, count in snapshot.runs.items() if pair[1].final}
        if ended != self._ended.get(project):
            # the stages of the whole past are read again only where there are new ones
            self._stages[project] = await store.gauges.stages(project)
            self._ended[project] = ended
        figures = await read(store.figures, project, at)
        return Counted(snapshot=snapshot, figures=figures, stages=self._stages[project])
