"""The rows of the hand-over: who dies, at which stages, and why there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.chaos import Point
from pipeline.model.states import RunKind, RunState
from tests.chaos.handover import deeds
from tests.chaos.handover.scene import Deed

EITHER = frozenset({RunState.SUCCEEDED, RunState.REVERTED})
"""Where the fault may keep the new pair from proving itself in time."""

FORWARD = frozenset({RunState.SUCCEEDED})
BACK = frozenset({RunState.REVERTED})


@dataclass(frozen=True, kw_only=True)
class Cell:
    """`unwell`: the new bot cannot reach Telegram."""

    fault: str
    stage: str
    deed: Deed
    kind: RunKind = RunKind.DEPLOY
    point: str = Point.INTENDED
    allowed: frozenset[RunState] = FORWARD
    unwell: bool = False

    @property
    def road(self) -> str:
        return f"controller {self.kind}"

    @property
    def name(self) -> str:
        return f"controller-{self.kind}/{self.stage}/{self.fault.replace(' ', '-')}"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One fault at some stages of a deploy of the controller, and why at those."""

    fault: str
    why: str
    deed: Deed
    stages: str
    point: Point = Point.INTENDED
    allowed: frozenset[RunState] = FORWARD
    unwell: bool = False

    def cells(self) -> Iterator[Cell]:
        for stage in self.stages.split():
            yield Cell(
                fault=self.fault,
                stage=stage,
                deed=self.deed,
                point=self.point,
                allowed=self.allowed,
                unwell=self.unwell,
            )


ROWS: tuple[Row, ...] = (
    Row(
        fault="hand-over killed",
        why="each stage that it drives must be found begun by the same container, started again",
        deed=deeds.killed("hand-over"),
        stages="stop start wait smoke report",
    ),
    Row(
        fault="hand-over killed acted",
        why="what it did and could not record: nothing runs, both run, the proof is there, the end is told",
        deed=deeds.killed("hand-over"),
        point=Point.ACTED,
        stages="stop start smoke report",
    ),
    Row(
        fault="guard killed",
        why="nobody watches the watcher but Docker: before the switch, and while the pair proves itself",
        deed=deeds.killed("guard"),
        stages="stop smoke",
    ),
    Row(
        fault="old worker killed",
        why="it hands over while it dies, or dies while the other already acts",
        deed=deeds.killed("worker", new=False),
        stages="hand-over stop",
    ),
    Row(
        fault="old worker killed before",
        why="the hand-over is approved and not begun: the next start of the old worker begins it",
        deed=deeds.killed("worker", new=False),
        point=Point.BEFORE,
        stages="hand-over",
    ),
    Row(
        fault="old worker killed between",
        why="the first container is there and the run is still the worker's: no second one may be made",
        deed=deeds.killed_once_there("worker", "guard"),
        stages="hand-over",
    ),
    Row(
        fault="new bot killed",
        why="before it is healthy, while it must prove itself, and after it has: it comes back by itself",
        deed=deeds.killed("bot", new=True),
        stages="wait smoke report",
        allowed=EITHER,
    ),
    Row(
        fault="new worker killed",
        why="while it must prove itself: it comes back and must not take the run",
        deed=deeds.killed("worker", new=True),
        stages="smoke",
        allowed=EITHER,
    ),
    Row(
        fault="docker restarts",
        why="everything ends at once, PostgreSQL too, and Docker starts all of it in any order",
        deed=deeds.docker_restarts,
        stages="hand-over stop start smoke report",
        allowed=EITHER,
    ),
    Row(
        fault="new bot is mute",
        why="it starts and cannot reach Telegram: the old pair is back by itself",
        deed=deeds.nothing,
        stages="smoke",
        allowed=BACK,
        unwell=True,
    ),
    Row(
        fault="guard killed",
        why="the new bot is mute, and the way back is begun and not done: the same container goes on",
        deed=deeds.killed("guard"),
        stages="revert",
        allowed=BACK,
        unwell=True,
    ),
    Row(
        fault="docker restarts",
        why="the new bot is mute, and the way back goes on when all of it comes up again",
        deed=deeds.docker_restarts,
        stages="revert",
        allowed=BACK,
        unwell=True,
    ),
)

CELLS: tuple[Cell, ...] = (
    Cell(fault="no fault", stage="report", deed=deeds.nothing),
    *(cell for row in ROWS for cell in row.cells()),
    Cell(fault="no fault", kind=RunKind.ROLLBACK, stage="report", deed=deeds.nothing),
    Cell(fault="hand-over killed acted", kind=RunKind.ROLLBACK, stage="start", point=Point.ACTED,
         deed=deeds.killed("hand-over")),
)  # fmt: skip
