"""A disk that refuses ends a stage; PostgreSQL that is away, told by the same class of error, does not."""

from __future__ import annotations

import errno
import socket

import pytest

from pipeline.engine.driver import _of_the_disk, told


@pytest.mark.parametrize(
    ("problem", "disk"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), True),
        (OSError(errno.EROFS, "Read-only file system"), True),
        (NotADirectoryError(errno.ENOTDIR, "Not a directory", "/state/runs/7"), True),
        (PermissionError(errno.EACCES, "Permission denied", "/state/reports"), True),
        (ConnectionRefusedError(errno.ECONNREFUSED, "Connect call failed ('10.0.0.1', 5432)"), False),
        (
            OSError("Multiple exceptions: [Errno 111] Connect call failed, [Errno 111] Connect call failed"),
            False,
        ),
        (socket.gaierror(-2, "Name or service not known"), False),
        (TimeoutError(), False),
        (ValueError("a slip"), False),
    ],
)
def test_whose_fault_it_is(problem: Exception, disk: bool) -> None:
    assert _of_the_disk(problem) is disk


def test_what_a_person_reads() -> None:
    error = told(OSError(errno.ENOSPC, "No space left on device"))
    assert error.what == "The worker's disk refused: [Errno 28] No space left on device."
    assert error.advice == "See that STATE_DIR is writable and has room, then ask again."
