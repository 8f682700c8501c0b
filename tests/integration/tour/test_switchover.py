"""How long a service was away, as Docker tells it."""

from __future__ import annotations

import asyncio
import subprocess

import pytest

from demo.machine.images import Images
from demo.tour.installation import TourError
from demo.tour.switchover import Switchover, following

PROJECT = "vnext-test-switchover"
SECONDS = 60


def run(image: str, service: str, revision: str, *more: str) -> None:
    """A container of one service that ends at once."""
    labels = {
        "com.docker.compose.project": PROJECT,
        "com.docker.compose.oneoff": "False",
        "com.docker.compose.service": service,
        "org.opencontainers.image.revision": revision,
    }
    words = [word for label in labels.items() for word in ("--label", "=".join(label))]
    argv = ["docker", "run", "--rm", "--network=none", *words, *more, image, "true"]
    subprocess.run(argv, check=True, capture_output=True, timeout=SECONDS)


async def until(switch: Switchover, count: int) -> None:
    async with asyncio.timeout(SECONDS):
        while True:
            if len(switch.moments) >= count:
                return
            await asyncio.sleep(0.05)


async def test_from_the_end_of_the_old_one_to_its_return(images: Images) -> None:
    async with following(PROJECT) as switch:
        for service, revision in (("bot", "old"), ("worker", "old"), ("bot", "new"), ("bot", "old")):
            await asyncio.to_thread(run, images.python, service, revision)
        await asyncio.to_thread(run, images.python, "bot", "old", "--label", "com.docker.compose.oneoff=True")
        await until(switch, 8)

    told = [(moment.kind, moment.service, moment.revision) for moment in switch.moments]
    assert told == [
        (kind, service, revision)
        for service, revision in (("bot", "old"), ("worker", "old"), ("bot", "new"), ("bot", "old"))
        for kind in ("start", "die")
    ]
    assert switch.stopped("bot") == switch.moments[1].at
    assert switch.started("bot", "old") == switch.moments[6].at
    assert switch.stopped("bot") < switch.started("bot", "old")


async def test_what_docker_did_not_tell_is_said() -> None:
    with pytest.raises(TourError, match="no die of bot"):
        Switchover([]).stopped("bot")
