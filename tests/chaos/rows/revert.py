"""The way back under the faults that can stop it half-way."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.chaos import Point
from pipeline.model.states import RunKind, RunState, StageName
from tests.chaos.cell import UNWELL, Cell
from tests.chaos.deeds import around, goods, processes


def cells() -> Iterator[Cell]:
    """After a release that is unwell; the release from before must serve again."""
    for fault, point, deed in (
        ("worker killed before", Point.BEFORE, processes.kill_worker),
        ("worker killed acted", Point.ACTED, processes.kill_worker),
        ("worker killed recorded", Point.RECORDED, processes.kill_worker),
        ("both killed", Point.INTENDED, processes.kill_both),
        ("orphan up", Point.BEFORE, processes.orphan_in_revert),
        ("worker SIGTERM", Point.INTENDED, processes.term_worker),
        ("postgres restarts", Point.INTENDED, around.postgres_restarts),
        ("postgres away 8 s", Point.BEFORE, around.postgres_away),
        ("disk full", Point.INTENDED, goods.disk_full),
        ("telegram down", Point.INTENDED, around.telegram("down")),
        ("docker restarts", Point.INTENDED, around.docker_restarts),
    ):
        yield Cell(
            fault=fault,
            kind=RunKind.DEPLOY,
            stage=StageName.REVERT,
            point=point,
            deed=deed,
            allowed=frozenset({RunState.REVERTED}),
            knobs=UNWELL,
            alone=fault == "docker restarts",
        )
