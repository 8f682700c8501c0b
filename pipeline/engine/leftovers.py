"""What a killed executor left on disk: it means nothing any more once another one holds the lock."""

from __future__ import annotations

import contextlib
from pathlib import Path

from pipeline.atomic import PART
from pipeline.process import sweep_scratch

_WRITTEN = ("backups", "releases", "reports", "locks")


def sweep(state_dir: Path) -> list[Path]:
    """Removes half-written files and the temporary folders of processes that are gone; which ones.

    To be called under the executor's lock: nobody else writes there then. A disk that refuses is let be.
    """
    swept = sweep_scratch()
    for folder in _WRITTEN:
        for part in (state_dir / folder).rglob(f"*{PART}"):
            with contextlib.suppress(OSError):
                part.unlink()
                swept.append(part)
    return swept
