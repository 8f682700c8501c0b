"""The agent's own tests, run as its image runs them."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

from tests.agent_process import AGENT_FOLDER

LEAST_BRANCH_RATE = 0.8


def test_the_agents_own_tests_pass_and_cover_it(tmp_path: Path) -> None:
    coverage = tmp_path / "coverage.xml"
    run = subprocess.run(
        [
            *(
                sys.executable,
                "-m",
                "pytest",
                "-q",
                "-p",
                "no:cacheprovider",
                f"--basetemp={tmp_path / 'base'}",
            ),
            *("--cov", f"--cov-report=xml:{coverage}"),
        ],
        cwd=AGENT_FOLDER,
        env={
            "PATH": "/usr/bin:/bin",
            "COVERAGE_FILE": str(tmp_path / "data"),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    report = ET.parse(coverage).getroot()  # noqa: S314 - written by the line above
    assert float(report.attrib["branch-rate"]) >= LEAST_BRANCH_RATE
