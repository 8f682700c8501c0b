"""Files that are there whole or not at all, and folders whose new names outlive a crash."""

from __future__ import annotations

import os
from pathlib import Path

PART = ".part"
"""The ending of a file that is being written; one that stays was left by a process that is gone."""


def write_whole(path: Path, content: str) -> None:
    """Replaces the file in one step, on disk when it returns; nothing is left where that fails.

    Raises OSError.
    """
    part = path.with_name(f"{path.name}{PART}")
    try:
        with part.open("w") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def sync_directory(path: Path) -> None:
    """The names in the folder are on disk when it returns. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
