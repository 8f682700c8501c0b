"""Lets Docker start a container again whenever it dies, which `compose run` gives none."""

from __future__ import annotations

from typing import Final

import docker
import docker.errors

from pipeline.containers.engine import Engine

_POLICY: Final = "always"  # also after Docker itself was started again


async def always_restarted(engine: Engine, container: str) -> None:
    """One that is gone is left alone. Raises EngineUnreachable, EngineRefused."""

    def work(client: docker.DockerClient) -> None:
        try:
            raw = client.api.inspect_container(container)
            if (raw["HostConfig"].get("RestartPolicy") or {}).get("Name") != _POLICY:
                client.containers.get(container).update(restart_policy={"Name": _POLICY})
        except docker.errors.NotFound:
            return

    await engine.ask(work)
