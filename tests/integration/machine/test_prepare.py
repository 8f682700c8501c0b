"""prepare.sh on a machine that is prepared already, and asked wrongly."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[3]


def _prepare(part: str) -> subprocess.CompletedProcess[str]:
    argv = ["sh", "demo/machine/prepare.sh", part]
    return subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def test_a_part_that_does_not_exist() -> None:
    refused = _prepare("everything")

    assert refused.returncode == 1
    assert refused.stderr.startswith("machine: unknown part 'everything'")


def test_it_runs_from_any_folder_and_has_nothing_left_to_do(tmp_path: Path) -> None:
    script = str(ROOT / "demo" / "machine" / "prepare.sh")
    done = subprocess.run(
        ["sh", script, "python"], cwd=tmp_path, capture_output=True, timeout=300, check=False
    )

    assert done.returncode == 0, done.stderr
    assert _prepare("python").stdout == ""
