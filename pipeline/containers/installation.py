"""Where the stack is installed, such that relative paths of its compose file mean the same as on the host."""

from __future__ import annotations

import socket
from pathlib import Path

from pipeline.containers.engine import Engine
from pipeline.model.errors import ConfigurationError


async def locate(engine: Engine, compose_file: Path) -> Path:
    """The directory of the compose file under the path that the host knows it by.

    In a container the directory is a bind mount, or lies in one. The mount's host path is made to exist here
    too, as a link, so that bind mounts of the compose file resolve for the daemon and its env files for us.
    Raises ConfigurationError.
    """
    here = compose_file.absolute()
    if not here.is_file():
        raise ConfigurationError(
            "DOCKER_COMPOSE_FILE", str(compose_file), "the path of a compose file that exists"
        )
    own = await engine.container(socket.gethostname())
    if own is None:
        return here.parent
    mounted = next((folder for folder in here.parents if str(folder) in own.mounts), None)
    if mounted is None:
        return here.parent
    outside = Path(own.mounts[str(mounted)])
    if not outside.exists():
        outside.parent.mkdir(parents=True, exist_ok=True)
        outside.symlink_to(mounted, target_is_directory=True)
    return outside / here.parent.relative_to(mounted)
