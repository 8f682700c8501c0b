"""Whether the Docker daemon was there all the while: what failed meanwhile may have failed for that alone."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from pipeline.containers.engine import Engine
from pipeline.containers.events import stream

_OPEN_SECONDS = 5.0
_EVER_SECONDS = 1_000_000
_NEWS_SECONDS = 0.2
_NEXT_TO_NOTHING = {"type": "daemon", "event": "reload"}


class Attended:
    """`went` is whether the daemon is known to have been away since; `lost` makes sure of it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.went = False

    async def lost(self) -> bool:
        """Whether the daemon went away since, or does not answer now. Takes up to 5 s.

        For a command that has failed: it may know a moment earlier than we.
        """
        if not self.went and await self._engine.answers():
            await asyncio.sleep(_NEWS_SECONDS)
            return self.went
        return True


@contextlib.asynccontextmanager
async def attended(engine: Engine) -> AsyncIterator[Attended]:
    """Holds one stream of the daemon open, which breaks when the daemon ends, however soon it is back.

    Where none can be opened within 5 s, the daemon counts as away from the beginning.
    """
    watch = Attended(engine)
    open_or_not = asyncio.Event()
    inside = True

    def ended() -> None:
        watch.went = watch.went or inside
        open_or_not.set()

    async with stream(_NEXT_TO_NOTHING, quiet=_EVER_SECONDS, on_open=open_or_not.set, on_end=ended):
        try:
            async with asyncio.timeout(_OPEN_SECONDS):
                await open_or_not.wait()
        except TimeoutError:
            watch.went = True
        try:
            yield watch
        finally:
            inside = False
