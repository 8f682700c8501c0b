"""`python -m tests.chaos [--slice | --list | NAME…]`: the fault matrix, see tests/chaos/cells.py."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path

from demo.machine.images import Images
from demo.machine.running import MachineError
from tests.chaos import ground, inside
from tests.chaos.cell import Cell
from tests.chaos.cells import ALL, AnyCell, chosen
from tests.chaos.daemon import Daemon
from tests.chaos.handover.cells import Cell as HandOver
from tests.chaos.handover.lane import Lane
from tests.chaos.lanes import Lanes
from tests.chaos.outcome import Logs, Outcome
from tests.chaos.table import failures, line, table, total


def main(words: list[str]) -> int:
    if words == ["--list"]:
        print("\n".join(cell.name for cell in ALL))
        return 0
    try:
        cells = chosen(words)
    except LookupError as error:
        print(f"No cell is named like {error}; --list shows all.", file=sys.stderr)
        return 64
    if ground.FOLDER not in os.environ:
        try:
            return ground.enter(words, controller=any(isinstance(cell, HandOver) for cell in cells))
        except MachineError as lack:
            print(f"chaos: {lack}", file=sys.stderr)
            return 1
    inside.settle()
    return inside.live(_play(cells))


async def _play(cells: list[AnyCell]) -> int:
    folder = Path(os.environ.pop(ground.FOLDER))
    images = Images(python=os.environ["PYTHON_IMAGE"], postgres=os.environ["POSTGRES_IMAGE"])
    daemon = Daemon(folder)
    os.environ["DOCKER_HOST"] = daemon.host
    outcomes: list[Outcome] = []
    began = time.monotonic()

    def tell(outcome: Outcome) -> None:
        outcomes.append(outcome)
        print(f"{time.monotonic() - began:5.0f} s  {line(outcome)}", flush=True)

    await daemon.start()
    await asyncio.gather(*(daemon.load(int(one)) for one in os.environ.pop(ground.ARCHIVES).split()))
    print(f"{time.monotonic() - began:5.0f} s  a Docker Engine of our own runs", flush=True)
    logs = Logs()
    if plain := [cell for cell in cells if isinstance(cell, Cell)]:
        await Lanes(folder, daemon, images, tell, logs).play(plain)
    await Lane(folder, daemon, images, tell, logs).play([c for c in cells if isinstance(c, HandOver)])
    order = {cell.name: number for number, cell in enumerate(ALL)}
    outcomes.sort(key=lambda outcome: order.get(outcome.cell.name, len(order)))
    print(f"\n{table(outcomes)}\n{failures(outcomes)}\n{total(outcomes)}")
    return 0 if all(outcome.held for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
