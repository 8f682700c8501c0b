"""Which failures of a command tell of the backup that it was given, and which of the place it ran at."""

from __future__ import annotations

import pytest

from pipeline.database.faults import tells_of_the_backup
from pipeline.process import CommandFailed, Finished


def _failed(said: str, code: int = 1) -> CommandFailed:
    finished = Finished(exit_code=code, stdout="", stderr=said, seconds=1.0)
    return CommandFailed("It failed.", finished=finished, advice="Mend it.")


@pytest.mark.parametrize(
    "said",
    [
        "pg_restore: error: could not read from input file: end of file",
        'pg_restore: error: could not execute query: ERROR:  relation "thought" does not exist',
        'pg_restore: error: COPY failed for table "t": ERROR:  invalid byte sequence',
        'pg_restore: error: could not execute query: ERROR:  could not create unique index "t_pkey"',
        "zstd: /*stdin*\\ : Decoding error (36) : Restored data doesn't match checksum",
        "",
    ],
)
def test_what_tells_of_the_backup(said: str) -> None:
    assert tells_of_the_backup(_failed(said))


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ('ERROR:  could not extend file "base/5/16384": No space left on device', 1),
        ("ERROR:  could not write block 7 of temporary file: No space left on device", 1),
        ("ERROR:  out of memory", 1),
        ("ERROR:  out of shared memory", 1),
        ("pg_restore: error: server closed the connection unexpectedly", 1),
        ("FATAL:  terminating connection due to administrator command", 1),
        ('pg_restore: error: connection to server at "127.0.0.1", port 5432 failed: Connection refused', 1),
        ("FATAL:  the database system is shutting down", 1),
        ('ERROR:  tablespace "fast" does not exist', 1),
        ("ERROR:  pg_cron can only be loaded via shared_preload_libraries", 1),
        ('ERROR:  extension "postgis" is not available', 1),
        ('ERROR:  could not access file "$libdir/odd": No such file or directory', 1),
        ("docker: Error response from daemon: No such container: 4711.", 125),
        ("exec: pg_restore: not found", 127),
        ("", 137),
        ("", -9),
    ],
)
def test_what_tells_of_the_place(said: str, code: int) -> None:
    assert not tells_of_the_backup(_failed(said, code))


def test_what_never_ended_tells_nothing() -> None:
    assert not tells_of_the_backup(CommandFailed("It did not end in time.", finished=None, advice="Wait."))
