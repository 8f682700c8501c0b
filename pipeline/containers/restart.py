"""Stopping a container and starting it again, the same one."""

from __future__ import annotations

import docker

from pipeline.containers.engine import Engine

_GRACE_SECONDS = 10  # Docker's own, of a container that names none


async def restart(engine: Engine, container: str) -> None:
    """With its own stop signal and grace period; one that has ended is started. Raises EngineUnreachable,
    EngineRefused."""

    def work(client: docker.DockerClient) -> None:
        grace = client.api.inspect_container(container)["Config"].get("StopTimeout")
        client.api.restart(container, timeout=_GRACE_SECONDS if grace is None else grace)

    await engine.ask(work)
