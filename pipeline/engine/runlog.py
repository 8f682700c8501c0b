"""The log file of a run, which is worth having and never worth stopping for."""

from __future__ import annotations

import errno
import os
import time
from contextlib import suppress
from pathlib import Path

import structlog

AGAIN_SECONDS = 15.0
"""How long a disk that refused is left alone."""

log = structlog.get_logger()


class RunLog:
    """Appends lines. While the disk refuses, lines are counted and lost; the log tells how many."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None
        self._missing = 0
        self._not_before = 0.0
        self._told = False

    def write(self, line: str) -> None:
        if self._missing and time.monotonic() < self._not_before:
            self._missing += 1
            return
        try:
            if self._missing:
                self._append(f"\n({self._missing} lines are missing here: the disk refused them)\n")
                self._missing = 0
            self._append(f"{line}\n")
        except OSError as error:
            self.close()
            self._missing += 1
            self._not_before = time.monotonic() + AGAIN_SECONDS
            if not self._told:
                self._told = True
                log.warning("run_log_not_written", file=str(self._path), problem=str(error))

    def close(self) -> None:
        if self._descriptor is not None:
            with suppress(OSError):
                os.close(self._descriptor)
            self._descriptor = None

    def _append(self, text: str) -> None:
        """Raises OSError; what was written of the text by then stays."""
        if self._descriptor is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(
                self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644
            )
        data = text.encode(errors="replace")
        if os.write(self._descriptor, data) < len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self._path))
