"""What a dump that is being written tells: the bytes on disk, beside the table that is counted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from pipeline.wording.so_far import apart, so_far
from pipeline.wording.words import size

EVERY_SECONDS = 1.0


class Progress:
    """`file` is what is being written."""

    def __init__(self, file: Path, tell: Callable[[str], None]) -> None:
        self._file = file
        self._tell = tell
        self._counted = ""
        self._table = ""
        self._told = ""

    def counting(self, line: str) -> None:
        """A table's turn has come."""
        self._counted, self._table = apart(line.removeprefix("counting "))
        self._say()

    def counted(self, tables: int) -> None:
        self._counted, self._table = f"all {tables} tables counted", ""
        self._say()

    async def show(self) -> None:
        """Until cancelled; a growing file is no event."""
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            self._say()

    def _say(self) -> None:
        try:
            written = self._file.stat().st_size
        except FileNotFoundError:
            written = 0
        far = ", ".join(part for part in (size(written), self._counted) if part)
        line = so_far(far, self._table or "dumping")
        if line != self._told:
            self._told = line
            self._tell(line)
