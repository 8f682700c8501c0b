"""Images that nothing needs any more: names are taken away, and with its last name an image goes."""

from __future__ import annotations

from dataclasses import dataclass

import docker
import docker.errors

from pipeline.containers.engine import PROJECT_LABEL, RUN_LABEL, Engine


@dataclass(frozen=True, kw_only=True)
class Nameless:
    """An image without a name that a run built, such as that of its tests. `created` is a Unix time."""

    id: str
    run: int
    created: int


async def untag(engine: Engine, image: str, tag: str) -> list[str]:
    """Takes each name `REPOSITORY:tag` from an image; which ones.

    Where that was its last name the image goes, with the layers that no other image has. Raises EngineRefused
    where a container still has it.
    """

    def work(client: docker.DockerClient) -> list[str]:
        try:
            names = client.images.get(image).attrs["RepoTags"] or []
        except docker.errors.ImageNotFound:
            return []
        wanted = [name for name in names if name.rpartition(":")[2] == tag]
        for name in wanted:
            client.api.remove_image(name)
        return wanted

    return await engine.ask(work)


async def nameless(engine: Engine, project: str) -> list[Nameless]:
    """What runs of a compose project built and left without a name; several projects may share it."""

    def work(client: docker.DockerClient) -> list[Nameless]:
        filters = {"dangling": True, "label": [f"{PROJECT_LABEL}={project}", RUN_LABEL]}
        return [
            Nameless(id=row["Id"], run=int(row["Labels"][RUN_LABEL]), created=row["Created"])
            for row in client.api.images(filters=filters)
            if row["Labels"][RUN_LABEL].isdecimal()
        ]

    return await engine.ask(work)


async def remove(engine: Engine, image: str) -> None:
    """One that is gone already is fine. Raises EngineRefused where a container or another image needs it."""

    def work(client: docker.DockerClient) -> None:
        try:
            client.api.remove_image(image)
        except docker.errors.ImageNotFound:
            return

    await engine.ask(work)
