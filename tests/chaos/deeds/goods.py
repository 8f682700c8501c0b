"""What the run works with: the disk, the dump, images, commands that never end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from pathlib import Path

import docker.errors

from tests.chaos.house import PROJECT
from tests.chaos.partial import partial_files
from tests.chaos.scene import Deed, Scene

FULL_SECONDS = 15.0
FOREVER = 3600
_LOOK_SECONDS = 0.002
_PART_SECONDS = 30.0
_BIG = (
    "CREATE TABLE big AS SELECT gen_random_uuid() AS a, gen_random_uuid() AS b"
    " FROM generate_series(1, 300000)"
)


async def disk_full(scene: Scene) -> None:
    """To the last byte, until the run has ended or some seconds later."""
    hold = await scene.hold()
    ballast = scene.house.state / "ballast"
    _fill(ballast)
    scene.struck = True
    hold.go()
    try:
        await scene.until_finished(FULL_SECONDS)
    finally:
        ballast.unlink()


def _fill(ballast: Path) -> None:
    descriptor = os.open(ballast, os.O_WRONLY | os.O_CREAT)
    try:
        size = 1 << 20
        while size:
            try:
                os.write(descriptor, bytes(size))
            except OSError:
                size //= 2
    finally:
        os.close(descriptor)


def hung(word: str) -> Deed:
    """A command with this word never comes to its work."""

    async def deed(scene: Scene) -> None:
        await scene.held_back(word, FOREVER)
        scene.struck = True

    return deed


async def hung_inside(scene: Scene) -> None:
    """The sample itself never ends (the cell's knobs)."""
    hold = await scene.hold()
    scene.struck = True
    hold.go()


async def dump_spoilt(scene: Scene) -> None:
    """Bytes in the middle change while it is written."""
    await scene.house.application.rows(_BIG)
    try:
        hold = await scene.hold()
        hold.go()
        scene.struck = await asyncio.to_thread(_spoil_while_written, scene.house.state / "backups")
        await scene.finished.wait()
    finally:
        await scene.house.application.rows("DROP TABLE big")


def _spoil_while_written(backups: Path) -> bool:
    deadline = time.monotonic() + _PART_SECONDS
    while time.monotonic() < deadline:
        for part in partial_files(backups):
            with contextlib.suppress(FileNotFoundError):
                size = part.stat().st_size
                if size > 200_000:
                    _spoil(part, size // 2)
                    return True
        time.sleep(_LOOK_SECONDS)
    return False


async def dump_spoilt_after(scene: Scene) -> None:
    """It is damaged before its result is written, and the worker dies: the next must not trust it."""
    await scene.hold()
    folder = scene.house.state / "backups" / PROJECT
    dumps = sorted(folder.glob("*.dump.zst"), key=lambda p: p.stat().st_mtime)
    _spoil(dumps[-1], dumps[-1].stat().st_size // 2)
    await scene.worker.kill()
    scene.struck = True


def _spoil(file: Path, at: int) -> None:
    descriptor = os.open(file, os.O_WRONLY)
    try:
        os.pwrite(descriptor, os.urandom(64), at)
    finally:
        os.close(descriptor)


async def way_back_removed(scene: Scene) -> None:
    """The image that served is deleted while nothing runs from it."""
    image = (await scene.docker(scene.house.app_containers))[0].image.id
    hold = await scene.hold()
    scene.struck = await scene.docker(lambda: _remove(scene, image))
    hold.go()


async def previous_removed(scene: Scene) -> None:
    """The image that a rollback would bring back is deleted before Master asks for it."""
    row = await scene.house.journal.row(
        "SELECT images FROM releases JOIN projects ON previous_release_id = releases.id"
        " WHERE projects.name = $1",
        PROJECT,
    )
    image = next(part for part in row["images"].split('"') if part.startswith("sha256:"))
    scene.struck = await scene.docker(lambda: _remove(scene, image))
    scene.armed.set()


def _remove(scene: Scene, image: str) -> bool:
    client = scene.house.daemon.client
    with contextlib.suppress(docker.errors.ImageNotFound):
        client.images.remove(image, force=True)
    try:
        client.images.get(image)
    except docker.errors.ImageNotFound:
        return True
    return False
