"""What is done to a hand-over: each deed waits for its moment, strikes, and says so."""

from __future__ import annotations

import asyncio

from tests.chaos.handover.parts import kill
from tests.chaos.handover.scene import Deed, Scene

_LOOK_SECONDS = 0.05


async def nothing(scene: Scene) -> None:
    scene.armed.set()
    scene.struck = True


def killed(role: str, *, new: bool | None = None) -> Deed:
    """SIGKILL to a container of the hand-over, or to one of the old or the `new` pair."""

    async def deed(scene: Scene) -> None:
        hold = await scene.hold()
        part = await scene.part(role)
        if part is not None:
            wanted = {True: scene.new, False: scene.old, None: part.revision}[new]
            if part.revision != wanted:
                scene.noted.append(f"At {scene.stage} {scene.point} the {role} is of {part.revision[:7]}.")
            scene.struck = kill(part)
        hold.go()

    return deed


def killed_once_there(role: str, other: str) -> Deed:
    """SIGKILL to a container of the old pair at the moment at which another one is there."""

    async def deed(scene: Scene) -> None:
        scene.armed.set()
        part = await scene.part(role)
        while await scene.house.part(other) is None:  # noqa: ASYNC110 - asked, for the daemon tells it late
            await asyncio.sleep(_LOOK_SECONDS)
        scene.struck = part is not None and kill(part)

    return deed


async def docker_restarts(scene: Scene) -> None:
    """While the stage acts; everything goes down with the daemon, PostgreSQL too, and comes back."""
    hold = await scene.hold()
    hold.go()
    await scene.house.daemon.restart()
    scene.struck = True
