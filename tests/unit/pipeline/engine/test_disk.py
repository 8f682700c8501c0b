"""A disk that refuses ends a stage; PostgreSQL that is away, told by the same class of error, does not."""

from __future__ import annotations

import errno
import json
import socket
from pathlib import Path

import pytest

from pipeline.engine.disk import DiskJournal, Entry, waits_for_the_journal
from pipeline.engine.driver import _of_the_disk, told
from pipeline.model.states import StageName, StageState


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


def test_whose_entries_wait_for_the_journal(tmp_path: Path) -> None:
    path = tmp_path / "journal" / "run-7.jsonl"
    assert not waits_for_the_journal(path, "shop")
    DiskJournal(path, "shop").append(Entry(epoch=1, stage=StageName.STOP, state=StageState.RUNNING))
    assert waits_for_the_journal(path, "shop")
    assert not waits_for_the_journal(path, "agent")
    words = json.loads(path.read_text())
    del words["project"]  # as an older version wrote it
    path.write_text(json.dumps(words) + "\n")
    assert waits_for_the_journal(path, "agent")
    assert DiskJournal(path, "agent").entries()[0].stage is StageName.STOP


def test_what_a_person_reads() -> None:
    error = told(OSError(errno.ENOSPC, "No space left on device"))
    assert error.what == "The worker's disk refused: [Errno 28] No space left on device."
    assert error.advice == "See that STATE_DIR is writable and has room, then ask again."
