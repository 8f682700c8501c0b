"""Traces of who has no rights: one for each in an hour, however much they write."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import structlog

from pipeline.store.audit import Audit

WINDOW_SECONDS = 3600.0
MOST = 50
"""So many strangers are told apart in an hour; the others are counted together."""

log = structlog.get_logger()


class Strangers:
    """`clock` in seconds."""

    def __init__(self, audit: Audit, clock: Callable[[], float] = time.monotonic) -> None:
        self._audit = audit
        self._clock = clock
        self._since = clock()
        self._more: dict[str, int] = {}
        self._others = 0

    async def trace(self, actor: str, **detail: Any) -> None:
        """Writes the first of an hour down; how many more there were is written when the next begins."""
        if self._clock() - self._since >= WINDOW_SECONDS:
            await self._close_window()
        if actor in self._more:
            self._more[actor] += 1
        elif len(self._more) >= MOST:
            self._others += 1
        else:
            log.warning("stranger_ignored", actor=actor, **detail)
            await self._audit.write(actor, "ignored", **detail)
            self._more[actor] = 0

    async def _close_window(self) -> None:
        counted = {**self._more, "telegram:others": self._others}
        self._since = self._clock()
        self._more, self._others = {}, 0
        for actor, count in counted.items():
            if count:
                await self._audit.write(actor, "ignored", more=count)
