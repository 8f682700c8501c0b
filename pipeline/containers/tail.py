"""The newest lines of a container, in bounded memory however long they are."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import docker

from pipeline.containers.engine import Engine
from pipeline.process import Lines


@dataclass(frozen=True, kw_only=True)
class Tail:
    """Oldest line first. `left_out`: older ones of those asked for were given up for room."""

    lines: list[str]
    left_out: bool


async def tail(
    engine: Engine, container: str, lines: int, characters: int, redact: Callable[[str], str]
) -> Tail:
    """The newest `lines` of both streams, each cut at 8 KiB and together at most so many characters.

    Raises EngineUnreachable, EngineRefused.
    """

    def work(client: docker.DockerClient) -> Tail:
        kept: deque[str] = deque()
        room, left_out = characters, False

        def keep(line: str) -> None:
            nonlocal room, left_out
            kept.append(line)
            room -= len(line) + 1
            while room < 0 and len(kept) > 1:
                room += len(kept.popleft()) + 1
                left_out = True

        split = Lines(keep, redact)
        stream = client.api.logs(container, stdout=True, stderr=True, stream=True, follow=False, tail=lines)
        with contextlib.closing(stream):
            for chunk in stream:
                split.feed(chunk)
        split.close()
        return Tail(lines=list(kept), left_out=left_out)

    return await engine.ask(work)
