"""The daemon itself, and the last words of its containers."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta

import docker
import docker.errors

from pipeline.containers.engine import Engine
from pipeline.process import Lines

_READ_LINES = 200


async def root_directory(engine: Engine) -> str:
    """Where the daemon keeps images, containers and volumes, as it sees it. Raises EngineUnreachable,
    EngineRefused."""
    return await engine.ask(lambda client: str(client.api.info()["DockerRootDir"]))


async def last_words(
    engine: Engine, container: str, until: datetime | None, lines: int, redact: Callable[[str], str]
) -> list[str]:
    """The last lines that a container wrote before a moment, each at most 8 KiB; none where it is gone.

    Raises EngineUnreachable, EngineRefused.
    """

    def work(client: docker.DockerClient) -> list[str]:
        kept: deque[str] = deque(maxlen=lines)
        split = Lines(kept.append, redact)
        moment = (until + timedelta(seconds=1)).timestamp() if until else None
        try:
            stream = client.api.logs(
                container, stdout=True, stderr=True, stream=True, follow=False, tail=_READ_LINES, until=moment
            )
        except docker.errors.NotFound:
            return []
        with contextlib.closing(stream):
            for chunk in stream:
                split.feed(chunk)
        split.close()
        return list(kept)

    return await engine.ask(work)
