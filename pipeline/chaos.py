"""Points of a run at which the fault tests may hold it; without their switch there are none.

The switch is VNEXT_CHAOS, the path of a Unix socket of the tests. At each point the process writes one line,
`RUN STAGE POINT`, and waits for a line in answer. What happens meanwhile to it and around it is the tests'
doing: nothing here can break anything.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum

SWITCH = "VNEXT_CHAOS"


class Point(StrEnum):
    BEFORE = "before"  # the stage's intent is not written yet
    INTENDED = "intended"  # it is, and nothing was done yet
    ACTED = "acted"  # the stage has acted, its result is not written yet
    RECORDED = "recorded"  # it is


Reach = Callable[[int, str, Point], Awaitable[None]]


def reaching(environment: Mapping[str, str]) -> Reach | None:
    """What to call at each point, None without the switch."""
    path = environment.get(SWITCH)
    return _Meeting(path).reach if path else None


class _Meeting:
    def __init__(self, path: str) -> None:
        self._path = path

    async def reach(self, run: int, stage: str, point: Point) -> None:
        try:
            reader, writer = await asyncio.open_unix_connection(self._path)
        except OSError:
            return  # the tests are over
        try:
            writer.write(f"{run} {stage} {point}\n".encode())
            await reader.readline()
        finally:
            writer.close()
