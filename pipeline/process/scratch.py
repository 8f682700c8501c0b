"""Temporary folders for what commands read and write; those that a killed process left can be told."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

_PREFIX = "vnext-scratch-"


@contextlib.contextmanager
def scratch() -> Iterator[Path]:
    """A folder in the temporary directory, for us alone and gone afterwards.

    It lies there and not below STATE_DIR, so that a switch does not need room among backups. As long as this
    process lives it holds a lock on it.
    """
    descriptor, folder = _make()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(descriptor)


def sweep_scratch() -> list[Path]:
    """Removes the folders whose process is gone; which ones."""
    swept = []
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):  # in use, gone meanwhile, or not ours
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder)
                swept.append(folder)
            finally:
                os.close(descriptor)
    return swept


def _make() -> tuple[int, Path]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        with contextlib.suppress(OSError):  # a file system without locks: then nothing is swept either
            fcntl.flock(descriptor, fcntl.LOCK_SH)
        if folder.exists():
            return descriptor, folder
        os.close(descriptor)  # swept away before it was locked
