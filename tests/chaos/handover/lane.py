"""One house of the hand-over, with one cell after the other; a new one after a cell that did not hold."""

from __future__ import annotations

import asyncio
import shutil
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

from demo.machine.images import Images
from pipeline.model.states import RunKind
from tests.chaos.daemon import Daemon
from tests.chaos.handover.cells import CELLS, Cell
from tests.chaos.handover.house import House
from tests.chaos.handover.play import play
from tests.chaos.outcome import Logs, Outcome


class Lane:
    """`tell` hears of each cell as it ends."""

    def __init__(
        self,
        folder: Path,
        daemon: Daemon,
        images: Images,
        tell: Callable[[Outcome], None],
        logs: Logs,
    ) -> None:
        self._folder = folder
        self._daemon = daemon
        self._images = images
        self._tell = tell
        self._logs = logs
        self._houses = 0

    async def play(self, cells: Sequence[Cell]) -> None:
        """The last house is not closed: it ends with the namespaces."""
        house: House | None = None
        for cell in cells:
            house = await self._cell(house, cell)

    async def _cell(self, house: House | None, cell: Cell) -> House | None:
        """The house for the next cell, None where this one is not to be trusted any more."""
        began = time.monotonic()
        outcome = Outcome(cell)
        try:
            if house is None:
                self._houses += 1
                name = f"c{self._houses}"
                house = House(name, self._folder / name, self._daemon, self._images)
                await house.open()
            if cell.kind is RunKind.ROLLBACK and house.previous is None:
                _, outcome.sentences = await play(house, CELLS[0])
            if not outcome.sentences:
                outcome.state, outcome.sentences = await play(house, cell)
        except Exception:
            outcome.sentences.append(f"The harness failed: {traceback.format_exc()}")
        outcome.seconds = time.monotonic() - began
        if outcome.held:
            self._tell(outcome)
            return house
        if house is not None:
            outcome.logs = await asyncio.to_thread(self._keep, house, cell)
            await house.close()
        self._tell(outcome)
        return None

    def _keep(self, house: House, cell: Cell) -> Path:
        house.keep_logs()
        kept = self._logs.of(cell.name)
        shutil.copytree(house.logs, kept, dirs_exist_ok=True)
        (kept / "chat.txt").write_text(house.chat.as_text())
        lines = [f"{r.at:.2f} {r.actor} run {r.run} {r.stage} {r.point}\n" for r in house.points.reached]
        (kept / "points.txt").write_text("".join(lines))
        shutil.copy(self._daemon.log, kept)
        return kept
