"""What a fault of the hand-over is given to work with while a run is under way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from tests.chaos.handover.house import House
from tests.chaos.handover.parts import Part
from tests.chaos.points import Hold

_PART_SECONDS = 20.0


@dataclass
class Scene:
    """`stage` and `point` are where the cell strikes, `old` and `new` the revisions of the two pairs. A fault
    sets `struck` once it has really happened, and adds a sentence to `noted` for what it finds wrong."""

    house: House
    stage: str
    point: str
    old: str
    new: str
    struck: bool = False
    holds: list[Hold] = field(default_factory=list)
    noted: list[str] = field(default_factory=list)
    armed: asyncio.Event = field(default_factory=asyncio.Event)

    async def hold(self) -> Hold:
        """Whoever drives the run, held at the cell's point."""
        awaited = self.house.points.expect(self.stage, self.point)
        self.armed.set()
        hold = await awaited
        self.holds.append(hold)
        return hold

    async def part(self, role: str) -> Part | None:
        """The container that is this now. None, and a sentence, where there is none."""
        if await self.house.until(
            lambda found: any(p.running and p.is_a(role) for p in found), _PART_SECONDS
        ):
            return await self.house.part(role)
        self.noted.append(f"At {self.stage} {self.point} there is no {role}.")
        return None


Deed = Callable[[Scene], Awaitable[None]]
