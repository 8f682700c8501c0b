"""The readings of /proc are parsed from files a test has written; no other I/O."""

import os
from pathlib import Path

import pytest

from pipeline.probe import Resources, measure


def test_figures(tmp_path: Path) -> None:
    (tmp_path / "meminfo").write_text(
        "MemTotal:  1000 kB\nMemFree: 10 kB\nMemAvailable:  250 kB\nHugePages: 0\n"
    )
    (tmp_path / "loadavg").write_text("3.00 2.00 1.00 1/100 4242\n")
    found = measure(tmp_path, proc=tmp_path)
    assert found.memory_available_ratio == 0.25
    assert found.load_per_core == pytest.approx(3.0 / (os.cpu_count() or 1))
    assert found.disk_free_ratio is not None
    assert 0 <= found.disk_free_ratio <= 1


@pytest.mark.parametrize("text", ["", "nonsense\n", "MemTotal: 0 kB\nMemAvailable: 0 kB\n"])
def test_what_is_not_told_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "meminfo").write_text(text)
    (tmp_path / "loadavg").write_text(text)
    assert measure(tmp_path / "missing", proc=tmp_path) == Resources(None, None, None)


def test_no_proc(tmp_path: Path) -> None:
    assert measure(tmp_path / "a", proc=tmp_path / "b") == Resources(None, None, None)
