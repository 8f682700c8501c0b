"""The files at the two ends of what is run."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Ends:
    """Descriptors; None where there is no file."""

    reads: int | None
    writes: int | None

    async def sync(self) -> None:
        """What was written is on disk when it returns. Raises OSError."""
        if self.writes is not None:
            await asyncio.to_thread(os.fsync, self.writes)


@contextlib.contextmanager
def opened(stdin_from: Path | None, stdout_to: Path | None) -> Iterator[Ends]:
    """`stdout_to` is made or emptied, with mode 0600. Raises OSError."""
    with contextlib.ExitStack() as stack:
        found: list[int | None] = []
        for path, flags in ((stdin_from, os.O_RDONLY), (stdout_to, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)):
            descriptor = None if path is None else os.open(path, flags | os.O_CLOEXEC, 0o600)
            found.append(descriptor)
            if descriptor is not None:
                stack.callback(os.close, descriptor)
        yield Ends(reads=found[0], writes=found[1])
