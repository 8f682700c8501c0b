"""What a copy of the application takes, and its end: all that compose has made of it."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable

import docker
import docker.errors

from pipeline.containers.engine import PROJECT_LABEL, RUN_LABEL, Engine

_PROJECT = "com.docker.compose.project"
_WORKING = ("inactive_file", "total_inactive_file")


async def memory_of(engine: Engine, containers: Iterable[str]) -> int:
    """Bytes that they use together, without what is only cached; one that is gone uses none."""

    def work(client: docker.DockerClient) -> int:
        used = 0
        for container in containers:
            with contextlib.suppress(docker.errors.NotFound):
                found = client.api.stats(container, stream=False, one_shot=True).get("memory_stats") or {}
                cached = next((found["stats"][key] for key in _WORKING if key in found.get("stats", {})), 0)
                used += max(int(found.get("usage") or 0) - int(cached), 0)
        return used

    return await engine.ask(work)


async def remove_copy(engine: Engine, project: str, run: int) -> list[str]:
    """Removes containers and volumes of a run's copy, by its name and its labels; their names."""
    copy = copy_project(project, run)
    labels = [f"{RUN_LABEL}={run}", f"{PROJECT_LABEL}={project}", f"{_PROJECT}={copy}"]

    def work(client: docker.DockerClient) -> list[str]:
        found = []
        for row in client.api.containers(all=True, filters={"label": labels}):
            with contextlib.suppress(docker.errors.NotFound):
                client.api.remove_container(row["Id"], force=True, v=True)
            found += [name.lstrip("/") for name in row["Names"]]
        for row in client.api.volumes(filters={"label": labels})["Volumes"] or []:
            with contextlib.suppress(docker.errors.NotFound):
                client.api.remove_volume(row["Name"])
            found.append(row["Name"])
        return found

    return await engine.ask(work)


def copy_project(project: str, run: int) -> str:
    """The compose project of a run's copy of the application."""
    return f"{re.sub('[^a-z0-9_-]', '', project)}-drill-{run}"
