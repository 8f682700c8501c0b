"""A cell of the matrix, and a row: one fault at some stages, with the reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pipeline.chaos import Point
from pipeline.model.states import RunKind, RunState
from tests.chaos.scene import Deed

S = RunState.SUCCEEDED
UNTOUCHED = frozenset({S, RunState.FAILED})
TOUCHED = frozenset({S, RunState.REVERTED})
_BEFORE_SWITCH = frozenset(
    {"pull", "backup", "test", "build", "tag", "rehearse", "approve", "check", "prepare", "prove"}
)
UNWELL = {"HEALTHY": False}

KINDS = (RunKind.DEPLOY, RunKind.ROLLBACK, RunKind.BACKUP, RunKind.DRILL, RunKind.RESTORE)
"""Those asked for in the chat; runs that only test or build have no stage that a deploy has not, and a
rollback with the data of then none that a restore or a rollback has not. How a rollback drill is cut is tried
in tests/integration/pipeline/test_rollback_drill.py: all that it does is one stage."""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """`allowed` are the states the run may end in. `knobs` change the sample's commit, `settings` the
    worker's environment. `alone`: it hits what other houses stand on."""

    fault: str
    kind: RunKind
    stage: str
    point: str
    deed: Deed
    allowed: frozenset[RunState] = frozenset({S})
    knobs: Mapping[str, object] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    alone: bool = False

    @property
    def road(self) -> str:
        return self.kind

    @property
    def name(self) -> str:
        return f"{self.kind}/{self.stage}/{self.fault.replace(' ', '-')}"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One fault at some stages of the kinds of run, and why at those."""

    fault: str
    why: str
    deed: Deed
    point: Point = Point.INTENDED
    deploy: str = ""
    rollback: str = ""
    backup: str = ""
    drill: str = ""
    restore: str = ""
    before: frozenset[RunState] = frozenset({S})
    after: frozenset[RunState] = frozenset({S})
    knobs: Mapping[str, object] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    alone: bool = False

    def cells(self) -> Iterator[Cell]:
        for kind in KINDS:
            for stage in getattr(self, kind.value).split():
                yield Cell(
                    fault=self.fault,
                    kind=kind,
                    stage=stage,
                    point=self.point,
                    deed=self.deed,
                    allowed=self.before if stage in _BEFORE_SWITCH else self.after,
                    knobs=self.knobs,
                    settings=self.settings,
                    alone=self.alone,
                )
