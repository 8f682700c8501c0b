"""What goes away around bot and worker: PostgreSQL, the Docker daemon, Telegram."""

from __future__ import annotations

import asyncio

from tests.chaos.chat import Chat
from tests.chaos.scene import Deed, Scene

AWAY_SECONDS = 8.0
TELEGRAM_SECONDS = 6.0
_STOP_SECONDS = 5


async def postgres_restarts(scene: Scene) -> None:
    """While the stage acts."""
    hold = await scene.hold()
    hold.go()
    await scene.docker(lambda: scene.house.postgres.restart(timeout=_STOP_SECONDS))
    scene.struck = True


async def postgres_away(scene: Scene) -> None:
    """From before the stage's intent is written until some seconds later."""
    hold = await scene.hold()
    await scene.docker(lambda: scene.house.postgres.stop(timeout=_STOP_SECONDS))
    scene.struck = True
    hold.go()
    await asyncio.sleep(AWAY_SECONDS)
    await scene.docker(scene.house.postgres.start)


async def docker_restarts(scene: Scene) -> None:
    """While the stage acts; PostgreSQL and the application go down with it and come back."""
    hold = await scene.hold()
    hold.go()
    await scene.house.daemon.restart()
    scene.house.postgres = await scene.docker(
        lambda: scene.house.daemon.client.containers.get(f"{scene.house.project}-postgres")
    )
    scene.struck = True


def telegram(kind: str) -> Deed:
    """`flood`, `error`, `hang` of the Bot API, or `down`: nobody listens."""

    async def deed(scene: Scene) -> None:
        hold = await scene.hold()
        chat = scene.house.chat
        if kind == "down":
            await chat.server.stop()
            scene.struck = True
            hold.go()
            await asyncio.sleep(TELEGRAM_SECONDS)
            await chat.server.start()
            return
        faults = chat.server.faults
        match kind:
            case "flood":
                fault = faults.add("flood", *_WRITING, seconds=TELEGRAM_SECONDS, retry_after=3)
            case "error":
                fault = faults.add("error", seconds=TELEGRAM_SECONDS, status=502)
            case _:
                fault = faults.add("hang", seconds=TELEGRAM_SECONDS, hang_seconds=TELEGRAM_SECONDS)
        hold.go()
        await asyncio.sleep(TELEGRAM_SECONDS + 0.1)
        scene.struck = fault.until <= chat.world.clock()

    return deed


_WRITING = ("sendMessage", "editMessageText", "editMessageReplyMarkup", "answerCallbackQuery")


def silence(chat: Chat) -> None:
    chat.server.faults.clear()
