"""Deaths and pauses of bot and worker, and a worker too many."""

from __future__ import annotations

import asyncio
import platform

from tests.chaos.actors import Actor, orphans
from tests.chaos.scene import Deed, Scene

ORPHAN_SECONDS = 5
PAUSE_SECONDS = 30
_SIDE_BY_SIDE = ("backup", "test", "build")
_TERM_SECONDS = 25  # 10 are promised, on a machine that does not play tests besides
_LOOK_SECONDS = 0.1
_SECOND_SECONDS = 60.0


async def nothing(scene: Scene) -> None:
    scene.armed.set()
    scene.struck = True


async def kill_worker(scene: Scene) -> None:
    await scene.hold()
    await scene.worker.kill()
    scene.struck = True


async def kill_bot(scene: Scene) -> None:
    hold = await scene.hold()
    await scene.bot.kill()
    scene.struck = True
    hold.go()


async def kill_bot_when_asked(scene: Scene) -> None:
    """Right after Master's command was said, whether the bot has it already or not."""
    scene.armed.set()
    await scene.said.wait()
    await scene.bot.kill()
    scene.struck = True


async def kill_both(scene: Scene) -> None:
    await scene.hold()
    await asyncio.gather(scene.worker.kill(), scene.bot.kill())
    scene.struck = True


def orphan(word: str) -> Deed:
    """The worker dies while its child, a command with this word, has not done its work yet."""

    async def deed(scene: Scene) -> None:
        await scene.held_back(word, ORPHAN_SECONDS)
        await scene.worker.kill()
        scene.struck = bool(orphans(scene.house.name))

    return deed


async def orphan_in_revert(scene: Scene) -> None:
    """The same on the way back."""
    hold = await scene.hold()
    wish = asyncio.create_task(scene.held_back("up", ORPHAN_SECONDS))
    await asyncio.sleep(0)
    hold.go()
    await wish
    await scene.worker.kill()
    scene.struck = bool(orphans(scene.house.name))


async def term_worker(scene: Scene) -> None:
    hold = await scene.hold()
    hold.go()
    await _term(scene, scene.worker)


async def term_bot(scene: Scene) -> None:
    hold = await scene.hold()
    await _term(scene, scene.bot)
    hold.go()


async def _term(scene: Scene, actor: Actor) -> None:
    code, seconds = await actor.term()
    scene.struck = True
    if code != 0 or seconds > _TERM_SECONDS:
        scene.noted.append(f"{actor.name} took {seconds:.1f} s to end on SIGTERM, with exit code {code}.")


async def second_worker(scene: Scene) -> None:
    """While the first works, the second only says who holds it off."""
    second = scene.house.second_worker()
    try:
        hold = await scene.hold()
        await second.start()
        await _until_refused(scene, second)
        scene.struck = True
        hold.go()
        await scene.finished.wait()
        _has_not_acted(scene, second)
        await _term(scene, second)
    finally:
        await second.stay_down()


async def take_over(scene: Scene) -> None:
    """The first dies for good, and the second that waited goes on."""
    second = scene.house.second_worker()
    try:
        await scene.hold()
        await second.start()
        await _until_refused(scene, second)
        await scene.worker.stay_down()
        scene.struck = True
        await scene.finished.wait()
        if not any(reached.actor.startswith(f"{second.name}-") for reached in scene.house.points.reached):
            scene.noted.append("The second worker did not take over.")
    finally:
        await second.stay_down()
        await scene.worker.start(scene.house.settings)


async def pause_worker(scene: Scene) -> None:
    second = scene.house.second_worker()
    try:
        hold = await scene.hold()
        await second.start()
        await _until_refused(scene, second)
        scene.worker.pause()
        hold.go()
        await asyncio.sleep(PAUSE_SECONDS)
        _has_not_acted(scene, second)
        scene.struck = True
        scene.worker.go_on()
        await scene.finished.wait()
    finally:
        await second.stay_down()


async def _until_refused(scene: Scene, second: Actor) -> None:
    """It must name the holder: host, since when, stage; of stages side by side any."""
    deadline = asyncio.get_running_loop().time() + _SECOND_SECONDS
    stages = _SIDE_BY_SIDE if scene.stage in _SIDE_BY_SIDE else (scene.stage,)
    wanted = (platform.node(), "since", f"stage {' or '.join(stages)}")
    while True:
        for line in second.log.read_text().splitlines():
            named = any(f"stage {stage}" in line for stage in stages)
            if named and platform.node() in line and "since" in line:
                return
        if asyncio.get_running_loop().time() > deadline:
            scene.noted.append(
                f"A second worker did not say who holds it off ({', '.join(wanted)}):"
                f" {second.log.read_text()[-300:]!r}."
            )
            return
        await asyncio.sleep(_LOOK_SECONDS)


def _has_not_acted(scene: Scene, second: Actor) -> None:
    for reached in scene.house.points.reached:
        if reached.actor.startswith(f"{second.name}-"):
            scene.noted.append(f"The second worker acted: {reached.stage} {reached.point}.")
            return
