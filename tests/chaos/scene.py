"""What a fault is given to work with while a run is under way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.actors import Actor
from tests.chaos.house import House
from tests.chaos.points import Hold


@dataclass
class Scene:
    """`stage` and `point` are where the cell strikes. A fault sets `struck` once it has really happened,
    and adds a sentence to `noted` for what it finds wrong."""

    house: House
    stage: str
    point: str
    struck: bool = False
    holds: list[Hold] = field(default_factory=list)
    noted: list[str] = field(default_factory=list)
    armed: asyncio.Event = field(default_factory=asyncio.Event)
    said: asyncio.Event = field(default_factory=asyncio.Event)
    finished: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def worker(self) -> Actor:
        return self.house.worker

    @property
    def bot(self) -> Actor:
        return self.house.bot

    async def hold(self, stage: str | None = None, point: str | None = None) -> Hold:
        """The worker, held at the cell's point or at another."""
        awaited = self.house.points.expect(stage or self.stage, point or self.point)
        self.armed.set()
        hold = await awaited
        self.holds.append(hold)
        return hold

    async def held_back(self, word: str, seconds: float) -> None:
        """Returns when a command with this word has begun; it sleeps for so long, then it is carried out."""
        waiting = asyncio.create_task(self.house.shims.hold_back(word, seconds))
        await asyncio.sleep(0)
        self.armed.set()
        await waiting

    async def until_finished(self, seconds: float) -> bool:
        """Whether the run ended within that time."""
        try:
            async with asyncio.timeout(seconds):
                await self.finished.wait()
        except TimeoutError:
            return False
        return True

    async def docker(self, work: Callable[[], Any]) -> Any:
        return await asyncio.to_thread(work)


Deed = Callable[[Scene], Awaitable[None]]
