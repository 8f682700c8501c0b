"""What the worker's disk keeps of past runs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipeline.engine.retention import DAY_SECONDS, Keep, clear
from pipeline.model.release import ProjectId

NOW = 1_800_000_000.0
DAYS = {1: 90, 2: 40, 3: 31, 9: 29, 10: 1, 11: 0}


def lay(folder: Path, *, without_tests: tuple[int, ...] = ()) -> None:
    for number, days in DAYS.items():
        run = folder / f"run-{number}"
        (run / "tests" / "html").mkdir(parents=True)
        for name in ("run.log", "report.txt", "report.json", "tests/junit.xml", "tests/html/index.html"):
            (run / name).write_text(name)
            os.utime(run / name, (NOW - days * DAY_SECONDS,) * 2)
        if number in without_tests:
            for name in ("tests/junit.xml", "tests/html/index.html"):
                (run / name).unlink()
            (run / "tests" / "html").rmdir()
            (run / "tests").rmdir()


@pytest.mark.parametrize(
    ("keep", "active", "removed"),
    [
        (Keep(log_days=30, reports=99), [], ["run-3/run.log", "run-2/run.log", "run-1/run.log"]),
        (Keep(log_days=100, reports=4), [], ["run-2/tests", "run-1/tests"]),
        (Keep(log_days=30, reports=4), [2], ["run-3/run.log", "run-1/run.log", "run-1/tests"]),
        (Keep(log_days=3650, reports=99), [], []),
        (Keep(log_days=1, reports=1), list(DAYS), []),
    ],
)
def test_what_goes(tmp_path: Path, keep: Keep, active: list[int], removed: list[str]) -> None:
    lay(tmp_path)
    assert clear(tmp_path, keep, active, NOW) == [tmp_path / name for name in removed]
    assert [name for name in removed if (tmp_path / name).exists()] == []
    left = {path.name for path in tmp_path.rglob("report.*")}
    assert left == {"report.txt", "report.json"}
    assert len(list(tmp_path.rglob("report.*"))) == 2 * len(DAYS)
    assert clear(tmp_path, keep, active, NOW) == []


def test_each_project_has_its_own_newest_runs(tmp_path: Path) -> None:
    lay(tmp_path)
    of = dict.fromkeys((11, 10, 9), ProjectId(1)) | dict.fromkeys((3, 2), ProjectId(2))  # 1 is of none
    keep = Keep(log_days=3650, reports=1)
    gone = clear(tmp_path, keep, [], NOW, of)
    assert gone == [tmp_path / f"run-{number}" / "tests" for number in (10, 9, 2)]


def test_runs_without_test_reports_do_not_count(tmp_path: Path) -> None:
    lay(tmp_path, without_tests=(11, 10, 3))
    keep = Keep(log_days=3650, reports=2)
    assert clear(tmp_path, keep, [], NOW) == [tmp_path / "run-1" / "tests"]


def test_other_files_and_a_folder_that_is_not_there_are_let_be(tmp_path: Path) -> None:
    assert clear(tmp_path / "none", Keep(log_days=1, reports=1), [], NOW) == []
    other = tmp_path / "run-old" / "run.log"
    other.parent.mkdir()
    other.write_text("mine")
    os.utime(other, (0, 0))
    assert clear(tmp_path, Keep(log_days=1, reports=1), [], NOW) == []
    assert other.exists()


def test_what_cannot_be_removed_does_not_keep_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay(tmp_path)
    whole = Path.unlink

    def unlink(path: Path, missing_ok: bool = False) -> None:
        if path.parent.name == "run-2":
            raise PermissionError(13, "Permission denied", str(path))
        whole(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", unlink)
    removed = clear(tmp_path, Keep(log_days=30, reports=99), [], NOW)
    assert removed == [tmp_path / "run-3" / "run.log", tmp_path / "run-1" / "run.log"]
