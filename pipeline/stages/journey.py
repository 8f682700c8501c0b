"""What a stage is given: the parts it works with, and the run it works for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from pipeline.chaos import Reach
from pipeline.containers.builders import Builders
from pipeline.containers.compose import Compose
from pipeline.containers.engine import Engine
from pipeline.model.hand_over import Carrier
from pipeline.model.release import Project, Release, RunId
from pipeline.model.results import Result, Tagged
from pipeline.model.run import Run
from pipeline.model.states import RunKind, StageName
from pipeline.project.application import Application
from pipeline.project.owners import Owners
from pipeline.settings import WorkerSettings
from pipeline.source import Source
from pipeline.stages.layout import Layout
from pipeline.store.store import Store

R = TypeVar("R")
Marked = Mapping[str, str | None]


@dataclass(frozen=True, kw_only=True)
class Hands:
    """What works without the journal. `clock` gives an aware UTC time; `sleep` takes seconds; `applications`
    are those that compose was asked for already (resolved.py); `first`, the same for all projects, is held by
    who lets compose make networks (one_first.py), and `owners`, the same too, know what each has for itself
    (apart.py). The server of DB_HOST, which is that of every project, runs in the compose project
    `database_project`, if in one.
    """

    settings: WorkerSettings
    engine: Engine
    compose: Compose
    database_project: str
    source: Source
    layout: Layout
    redact: Callable[[str], str]
    clock: Callable[[], datetime]
    sleep: Callable[[float], Awaitable[None]]
    first: asyncio.Lock = field(default_factory=asyncio.Lock, compare=False, repr=False)
    owners: Owners = field(default_factory=Owners, compare=False, repr=False)
    builders: Builders = field(default_factory=Builders, compare=False, repr=False)
    applications: dict[bytes, Application] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, kw_only=True)
class Parts(Hands):
    """Built once in the composition root. `reach` is set in fault tests only (pipeline/chaos.py).

    `carrier` is who this process is in a hand-over; `stopped` are the services that had to stop before the
    journal was opened.
    """

    store: Store
    reach: Reach | None = None
    carrier: Carrier = Carrier.WORKER
    stopped: tuple[str, ...] = ()


@dataclass(kw_only=True)
class Journey:
    """One run under way. `live` is the release that served when the run began.

    `results` grows as stages succeed; `tell` shows a line of progress on the card and
    keeps it in the run's log; `log` keeps a line of output there alone. `marks` are what an
    earlier try of the same stage left in the journal before it was cut.
    """

    parts: Parts
    run: Run
    project: Project
    live: Release | None
    stage: StageName
    results: dict[StageName, Result] = field(default_factory=dict)
    marks: Mapping[str, Marked] = field(default_factory=dict)
    known_goal: Release | None = None
    tell: Callable[[str], None]
    show: Callable[[str], None]
    log: Callable[[str], None]

    def result(self, stage: StageName, kind: type[R]) -> R:
        """The result of an earlier stage; asking for one that the road does not hold is a fault of ours."""
        found = self.results[stage]
        if not isinstance(found, kind):
            raise TypeError(f"{stage} left {type(found).__name__}, not {kind.__name__}")
        return found

    def found(self, stage: StageName, kind: type[R]) -> R | None:
        """The result of an earlier stage, or None where the road does not hold it."""
        return self.result(stage, kind) if stage in self.results else None

    async def mark(self, name: str, **facts: str | None) -> None:
        """Leaves a trace in the journal before an act that a redone stage must know of."""
        await self.parts.store.runs.mark(self.run.id, self.run.epoch, self.stage, name, facts)

    async def goal(self) -> Release:
        """The release that the run puts into production; a restore starts the live one again."""
        if self.known_goal is not None:
            return self.known_goal
        if self.run.kind is RunKind.RESTORE:
            if self.live is None:
                raise LookupError("a restore began without a live release")
            return self.live
        tagged = self.result(StageName.TAG, Tagged)
        release = await self.parts.store.releases.get(tagged.release_id)
        if release is None:
            raise LookupError(f"release {tagged.release_id} is not in the journal")
        return release

    @property
    def fence(self) -> tuple[RunId, int]:
        """What each write to the journal carries."""
        return self.run.id, self.run.epoch

    def one_off(self, stage: StageName) -> str:
        """The name of this run's one-off container for a stage, by which it is found again.

        It begins with the compose project, for other installations on the machine count their runs too.
        """
        return f"{self.parts.compose.project}-run-{self.run.id}-{stage}"
