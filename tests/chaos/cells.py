"""All cells of the matrix, a slice of them, and how some are chosen by name."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.model.states import RunKind
from tests.chaos.cell import Cell, Row
from tests.chaos.deeds import processes
from tests.chaos.handover.cells import CELLS as HAND_OVERS
from tests.chaos.handover.cells import Cell as HandOver
from tests.chaos.rows import around, goods, revert
from tests.chaos.rows import processes as of_processes

ROWS: tuple[Row, ...] = (*of_processes.ROWS, *around.ROWS, *goods.ROWS)


def plain(name: str) -> Cell:
    """A deploy without any fault."""
    return Cell(fault=name, kind=RunKind.DEPLOY, stage="report", point="", deed=processes.nothing)


CELLS: tuple[Cell, ...] = (*(cell for row in ROWS for cell in row.cells()), *revert.cells())

AnyCell = Cell | HandOver
ALL: tuple[AnyCell, ...] = (*CELLS, *HAND_OVERS)

_SLICE = (
    "deploy/migrate/worker-killed-acted",
    "rollback/start/both-killed",
    "deploy/start/orphan-up",
    "deploy/migrate/second-worker",
    "deploy/test/worker-SIGTERM",
    "deploy/stop/postgres-away-8-s",
    "deploy/start/telegram-down",
    "deploy/tag/disk-full",
    "backup/backup/dump-spoilt",
    "drill/prove/worker-killed-acted",
    "restore/swap/worker-killed-acted",
    "deploy/revert/worker-killed-acted",
    "deploy/start/docker-restarts",
    "controller-deploy/start/hand-over-killed-acted",
)


def chosen(words: Sequence[str]) -> list[AnyCell]:
    """Those whose name holds one of the words; `--slice` names some of each sort, nothing names all.

    Raises LookupError for a word that names none.
    """
    if not words:
        return list(ALL)
    found: dict[str, AnyCell] = {}
    for word in words:
        part = [c for c in ALL if (c.name in _SLICE if word == "--slice" else word in c.name)]
        if not part:
            raise LookupError(word)
        found |= {cell.name: cell for cell in part}
    return list(found.values())
