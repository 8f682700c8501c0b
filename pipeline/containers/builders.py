"""Which builder this machine has: asked once, when the first image is built."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator

import structlog

from pipeline.containers.build import Builder
from pipeline.process import Command, CommandFailed, CommandTimedOut, run

_ASK_SECONDS = 60.0
_THERE = Command(argv=("docker", "buildx", "version"))
_WORKS = Command(argv=("docker", "buildx", "inspect", "default"))
_RUNNING = re.compile(r"^Status:\s+running$", re.MULTILINE)

log = structlog.get_logger()


class Builders:
    """BuildKit where buildx is there and works with this daemon, else the classic builder."""

    def __init__(self) -> None:
        self._known: Builder | None = None
        self._asking = asyncio.Lock()
        self._building = asyncio.Lock()

    @contextlib.asynccontextmanager
    async def turn(self, builder: Builder) -> AsyncIterator[None]:
        """Builds with the classic builder come one after the other, so that the second finds in its cache
        what both need; BuildKit does such steps once by itself."""
        if builder is Builder.BUILDKIT:
            yield
            return
        async with self._building:
            yield

    async def find(self) -> Builder:
        async with self._asking:
            if self._known is None:
                return await self._ask()
            return self._known

    async def _ask(self) -> Builder:
        """What is wrong with a buildx that is there may pass: then it is asked again."""
        try:
            version = await run(_THERE, timeout=_ASK_SECONDS, check=True)
        except CommandTimedOut as error:
            log.warning("buildx_does_not_work", builder=Builder.CLASSIC, problem=error.what)
            return Builder.CLASSIC
        except CommandFailed:
            self._known = Builder.CLASSIC
            log.info("builder_found", builder=Builder.CLASSIC, because="docker buildx is not there")
            return Builder.CLASSIC
        found = (await run(_WORKS, timeout=_ASK_SECONDS)).stdout  # its exit code is 0 in any case
        if not _RUNNING.search(found):
            log.warning("buildx_does_not_work", builder=Builder.CLASSIC, problem=found.strip()[-500:])
            return Builder.CLASSIC
        self._known = Builder.BUILDKIT
        log.info("builder_found", builder=Builder.BUILDKIT, version=version.stdout.strip())
        return Builder.BUILDKIT
