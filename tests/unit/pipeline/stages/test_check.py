"""What a restore refuses before it looks at anything."""

from __future__ import annotations

import errno
import os
import re
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.database.dump import manifest_of
from pipeline.model.errors import StageFailed
from pipeline.model.release import Backup, BackupId, ProjectId
from pipeline.stages import check
from pipeline.stages.quarantine import Damaged, Unfit


@pytest.mark.parametrize(
    ("number", "place"),
    [
        (errno.ESTALE, True),
        (errno.EACCES, True),
        (errno.ENOTCONN, True),
        (errno.EIO, False),
        (errno.ENOENT, False),
    ],
)
def test_whether_the_place_or_the_file_is_at_fault(number: int, place: bool, tmp_path: Path) -> None:
    file = tmp_path / "agent.dump"
    error = OSError(number, os.strerror(number))
    told = f"{file} cannot be read ({os.strerror(number)})" if place else None
    assert check.away(file, error) == told


def test_a_folder_that_is_not_there_is_no_fault_of_the_file(tmp_path: Path) -> None:
    folder = tmp_path / "unmounted"
    found = check.away(folder / "agent.dump", FileNotFoundError(errno.ENOENT, "No such file or directory"))
    assert found == f"the folder {folder} is not there"


def _written(folder: Path) -> Backup:
    path = folder / "agent.dump"
    path.write_bytes(b"PGDMP")
    manifest_of(path).write_text("{}")
    return Backup(
        id=BackupId(4),
        project_id=ProjectId(1),
        run_id=None,
        database="agent",
        path=str(path),
        bytes=5,
        sha256="0" * 64,
        manifest_sha256="1" * 64,
        created_at=datetime(2026, 3, 9, tzinfo=UTC),
    )


@pytest.mark.parametrize(("number", "damaged"), [(errno.ESTALE, False), (errno.EIO, True)])
def test_what_breaks_off_while_it_is_read_is_damage_only_where_the_file_is_at_fault(
    number: int, damaged: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_off(_: Path) -> str:
        raise OSError(number, os.strerror(number))

    backup, why = _written(tmp_path), f"cannot be read ({os.strerror(number)})"
    monkeypatch.setattr(check, "sha256_of", break_off)
    with pytest.raises(Unfit, match=re.escape(why)) as of_manifest:
        check.read_manifest(backup)
    assert isinstance(of_manifest.value, Damaged) is damaged
    if damaged:
        assert check.damage(backup, Path(backup.path)) == [f"{backup.path} {why}"]
    else:
        with pytest.raises(Unfit, match=re.escape(why)) as of_dump:
            check.damage(backup, Path(backup.path))
        assert not isinstance(of_dump.value, Damaged)


async def test_the_journal_is_not_brought_back_by_a_run_that_it_holds() -> None:
    settings = SimpleNamespace(db_name="pipeline", pipeline_db_name="pipeline")
    journey: Any = SimpleNamespace(parts=SimpleNamespace(settings=settings))
    with pytest.raises(StageFailed) as refused:
        await check.run(journey)
    assert refused.value.what == (
        "DB_NAME pipeline is the journal itself: no run brings back the database that it is written in."
    )
