"""A pid file that the engine left behind must not keep it from starting again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from demo.machine.engine import is_stale, process_runs


@pytest.fixture
def own_name() -> str:
    return Path("/proc/self/comm").read_text(encoding="utf-8").strip()


@pytest.fixture
def pid_file(tmp_path: Path) -> Path:
    return tmp_path / "docker.pid"


def test_a_living_process_of_that_name_counts(pid_file: Path, own_name: str) -> None:
    pid_file.write_text(f"{os.getpid()}\n")

    assert not is_stale(pid_file, own_name)


def test_another_program_under_that_number_does_not(pid_file: Path) -> None:
    pid_file.write_text(f"{os.getpid()}\n")

    assert is_stale(pid_file, "dockerd")


@pytest.mark.parametrize("content", ["4194305", "", "garbage", "../self"])
def test_no_process_at_all(pid_file: Path, own_name: str, content: str) -> None:
    pid_file.write_text(content)

    assert is_stale(pid_file, own_name)


def test_a_file_that_is_not_there_is_in_nobodys_way(pid_file: Path) -> None:
    assert not is_stale(pid_file, "dockerd")


def test_running_programs_are_found_by_name(own_name: str) -> None:
    assert process_runs(own_name)
    assert not process_runs("no-such-program")
