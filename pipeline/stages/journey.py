"""What a stage is given: the parts it works with, and the run it works for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from pipeline.containers.compose import Compose
from pipeline.containers.engine import Engine
from pipeline.model.release import Project, Release
from pipeline.model.results import Result, Tagged
from pipeline.model.run import Run
from pipeline.model.states import StageName
from pipeline.settings import WorkerSettings
from pipeline.source import Source
from pipeline.stages.layout import Layout
from pipeline.store.store import Store

R = TypeVar("R")


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Built once in the composition root. `clock` gives an aware UTC time; `sleep` takes seconds."""

    settings: WorkerSettings
    store: Store
    engine: Engine
    compose: Compose
    source: Source
    layout: Layout
    redact: Callable[[str], str]
    clock: Callable[[], datetime]
    sleep: Callable[[float], Awaitable[None]]


@dataclass(kw_only=True)
class Journey:
    """One run under way. `live` is the release that served when the run began.

    `results` grows as stages succeed; `tell` shows a line of progress on the card.
    """

    parts: Parts
    run: Run
    project: Project
    live: Release | None
    results: dict[StageName, Result] = field(default_factory=dict)
    tell: Callable[[str], None]

    def result(self, stage: StageName, kind: type[R]) -> R:
        """The result of an earlier stage; asking for one that the road does not hold is a fault of ours."""
        found = self.results[stage]
        if not isinstance(found, kind):
            raise TypeError(f"{stage} left {type(found).__name__}, not {kind.__name__}")
        return found

    def found(self, stage: StageName, kind: type[R]) -> R | None:
        """The result of an earlier stage, or None where the road does not hold it."""
        return self.result(stage, kind) if stage in self.results else None

    async def goal(self) -> Release:
        """The release that the run puts into production."""
        tagged = self.result(StageName.TAG, Tagged)
        release = await self.parts.store.releases.get(tagged.release_id)
        if release is None:
            raise LookupError(f"release {tagged.release_id} is not in the journal")
        return release

    def one_off(self, stage: StageName) -> str:
        """The name of this run's one-off container for a stage, by which it is found again.

        It begins with the compose project, for other installations on the machine count their runs too.
        """
        return f"{self.parts.compose.project}-run-{self.run.id}-{stage}"
