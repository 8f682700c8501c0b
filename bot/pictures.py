"""Pictures of a project's past, drawn by a child process, so that the bot never imports what draws them."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from pathlib import Path

import structlog

from pipeline.cancelling import pass_on_cancellation
from pipeline.drawing.composing import LONG, picture
from pipeline.model.release import Project
from pipeline.process import Command, CommandFailed, run, scratch
from pipeline.store.store import Store

DRAW_SECONDS = 60.0
"""A picture takes two on a quiet machine, and some more where its type is looked at for the first time."""

MOST_BYTES = 10_000_000
"""Of a photo, says Telegram."""

log = structlog.get_logger()


class Pictures:
    """`home` is a folder of the bot's own for what the drawing keeps from one time to the next."""

    def __init__(self, store: Store, project: Project, home: Path, now: Callable[[], datetime]) -> None:
        self._store = store
        self._project = project
        self._home = home
        self._now = now

    def of(self, *, dark: bool = True) -> Callable[[], Awaitable[bytes | None]]:
        """What draws one when it is called, and gives the same again when it is called again: as PNG, or None
        where that failed. Raises what a journal that is away raises."""
        return _Once(partial(self._draw, dark=dark))

    async def newest(self) -> bytes | None:
        """A dark one, drawn now; as above."""
        return await self._draw(dark=True)

    async def _draw(self, *, dark: bool) -> bytes | None:
        now = self._now()
        past = await self._store.figures.past(self._project.id, now - LONG, commits_since=now)
        shown = picture(self._project.name, past, now, dark=dark)
        try:
            with scratch() as folder:
                file = folder / "picture.png"
                command = drawing(shown.to_json(), self._home)
                await run(command, timeout=DRAW_SECONDS, stdout_to=file, check=True)
                content = file.read_bytes()
        except (CommandFailed, OSError) as error:
            pass_on_cancellation()
            log.warning("picture_not_drawn", problem=str(error))
            return None
        return content if 0 < len(content) <= MOST_BYTES else None


class _Once:
    def __init__(self, draw: Callable[[], Awaitable[bytes | None]]) -> None:
        self._draw = draw
        self._drawn: bytes | None = None

    async def __call__(self) -> bytes | None:
        if self._drawn is None:
            self._drawn = await self._draw()
        return self._drawn


def drawing(shown: bytes, home: Path) -> Command:
    """The child that draws; one thread, for many would take more memory than time."""
    return Command(
        (sys.executable, "-m", "pipeline.drawing"),
        env={
            "MPLBACKEND": "Agg",
            "MPLCONFIGDIR": str(home),
            "OPENBLAS_NUM_THREADS": "1",
            "OMP_NUM_THREADS": "1",
            "PYTHONWARNINGS": "ignore",
        },
        stdin=shown,
    )
