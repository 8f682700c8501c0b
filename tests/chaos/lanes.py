"""Some houses at the same time, each with one cell after the other."""

from __future__ import annotations

import asyncio
import shutil
import time
import traceback
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

from demo.machine.images import Images
from pipeline.model.states import RunKind, RunState
from tests.chaos.cell import Cell
from tests.chaos.cells import plain
from tests.chaos.daemon import Daemon
from tests.chaos.house import House
from tests.chaos.outcome import Logs, Outcome
from tests.chaos.play import play

_LANES = 3
_CELLS_A_HOUSE = 5  # below this a further house costs more time than it saves

_AFTER_A_DEPLOY = (RunKind.ROLLBACK, RunKind.DRILL, RunKind.RESTORE)
"""They need a previous release, or a backup."""

Tell = Callable[[Outcome], None]


class Lanes:
    """`tell` hears of each cell as it ends."""

    def __init__(self, folder: Path, daemon: Daemon, images: Images, tell: Tell, logs: Logs) -> None:
        self._folder = folder
        self._daemon = daemon
        self._images = images
        self._tell = tell
        self._logs = logs
        self._houses = 0

    async def play(self, cells: Sequence[Cell]) -> None:
        """What hits the ground of all houses comes last, in one house alone."""
        shared = deque(_mixed([cell for cell in cells if not cell.alone]))
        alone = deque(_mixed([cell for cell in cells if cell.alone]))
        lanes = min(_LANES, len(shared) // _CELLS_A_HOUSE)
        async with asyncio.TaskGroup() as group:
            others = [group.create_task(self._lane(shared, deque())) for _ in range(lanes - 1)]
            group.create_task(self._lane(shared, alone, others))

    async def _lane(
        self, cells: deque[Cell], alone: deque[Cell], others: Sequence[asyncio.Task[None]] = ()
    ) -> None:
        """`alone` are cells for the time when the `others` are through. The last deploy is without fault.

        The last house is not closed: it ends with the namespaces.
        """
        house: House | None = None
        deployed = True
        for part in (cells, alone):
            while part:
                cell = _next(part, after_deploy=deployed)
                deployed = cell.kind is RunKind.DEPLOY
                house = await self._cell(house, cell)
            if part is cells and alone:
                await asyncio.gather(*others)
        await self._cell(house, plain("no fault, at last"))

    async def _cell(self, house: House | None, cell: Cell) -> House | None:
        """The house for the next cell, None where this one is not to be trusted any more."""
        began = time.monotonic()
        outcome = Outcome(cell)
        try:
            if house is None:
                house = await self._new_house()
            if cell.kind in _AFTER_A_DEPLOY and house.previous is None:
                _, outcome.sentences = await play(house, plain("first"))
            if not outcome.sentences:
                outcome.state, outcome.sentences = await play(house, cell)
            if not outcome.sentences and RunState.BROKEN in cell.allowed:
                _, outcome.sentences = await play(house, plain("next"))
        except Exception:
            outcome.sentences.append(f"The harness failed: {traceback.format_exc()}")
        outcome.seconds = time.monotonic() - began
        if outcome.held and RunState.BROKEN not in cell.allowed:
            self._tell(outcome)
            return house
        if house is not None:
            if not outcome.held:
                outcome.logs = self._keep(house, cell)
            await house.close()
        self._tell(outcome)
        return None

    async def _new_house(self) -> House:
        self._houses += 1
        name = f"h{self._houses}"
        house = House(name, self._folder / name, self._daemon, self._images)
        await house.open()
        return house

    def _keep(self, house: House, cell: Cell) -> Path:
        kept = self._logs.of(cell.name)
        shutil.copytree(house.logs, kept, dirs_exist_ok=True)
        (kept / "chat.txt").write_text(house.chat.as_text())
        lines = [f"{r.at:.2f} {r.actor} run {r.run} {r.stage} {r.point}\n" for r in house.points.reached]
        (kept / "points.txt").write_text("".join(lines))
        shutil.copy(self._daemon.log, kept)
        return kept


def _next(cells: deque[Cell], *, after_deploy: bool) -> Cell:
    """A rollback or a backup is followed by a deploy while there are any."""
    if not after_deploy:
        for cell in cells:
            if cell.kind is RunKind.DEPLOY:
                cells.remove(cell)
                return cell
    return cells.popleft()


def _mixed(cells: Sequence[Cell]) -> list[Cell]:
    """The other kinds of run spread among the deploys."""
    deploys = [cell for cell in cells if cell.kind is RunKind.DEPLOY]
    others = [cell for cell in cells if cell.kind is not RunKind.DEPLOY]
    every = max(1, len(deploys) // (len(others) + 1))
    mixed: list[Cell] = []
    for number, cell in enumerate(deploys, 1):
        mixed.append(cell)
        if number % every == 0 and others:
            mixed.append(others.pop(0))
    return mixed + others
