"""When containers of the tour's stack end and start, as Docker tells it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

from demo.tour.installation import PROJECT, TourError

_LABELS = ("com.docker.compose.project={project}", "com.docker.compose.oneoff=False")
_KINDS = ("die", "start")
_END_SECONDS = 10


@dataclass(frozen=True)
class Moment:
    """`at` is the time in seconds since 1970, `revision` the commit of the container's image."""

    at: float
    kind: str
    service: str
    revision: str


@dataclass(frozen=True)
class Switchover:
    moments: list[Moment]

    def stopped(self, service: str) -> float:
        """When the first container of the service ended. Raises TourError."""
        return self._of("die", service)[0].at

    def started(self, service: str, revision: str) -> float:
        """When the newest container of the service with that commit started. Raises TourError."""
        return [moment for moment in self._of("start", service) if moment.revision == revision][-1].at

    def _of(self, kind: str, service: str) -> list[Moment]:
        found = [moment for moment in self.moments if (moment.kind, moment.service) == (kind, service)]
        if not found:
            raise TourError(f"Docker told of no {kind} of {service}: {self.moments}")
        return found


@contextlib.asynccontextmanager
async def following(project: str = PROJECT) -> AsyncIterator[Switchover]:
    """Gathers what happens from now on until it is left."""
    filters = [f"label={label.format(project=project)}" for label in _LABELS]
    filters += [f"event={kind}" for kind in _KINDS]
    words = [word for each in filters for word in ("--filter", each)]
    since = f"{time.time():.6f}"  # the command takes a moment to listen
    argv = ("docker", "events", "--since", since, "--format", "{{json .}}", *words)
    process = await asyncio.create_subprocess_exec(*argv, stdout=asyncio.subprocess.PIPE)
    moments: list[Moment] = []
    reading = asyncio.create_task(_read(process, moments), name="docker-events")
    try:
        yield Switchover(moments)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        async with asyncio.timeout(_END_SECONDS):
            await process.wait()
            await reading


async def _read(process: asyncio.subprocess.Process, moments: list[Moment]) -> None:
    if process.stdout is None:
        raise TourError("docker events has no output to read")
    while line := await process.stdout.readline():
        moments.append(_moment(line))


def _moment(line: bytes) -> Moment:
    told = json.loads(line)
    labels = told["Actor"]["Attributes"]
    return Moment(
        at=told["timeNano"] / 1e9,
        kind=told["Action"],
        service=labels["com.docker.compose.service"],
        revision=labels.get("org.opencontainers.image.revision", ""),
    )
