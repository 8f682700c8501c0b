"""Which Compose command this machine has."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from demo.machine.running import CommandFailed, MachineError, run


def compose_command() -> list[str]:
    """The start of every Compose command line; raise `MachineError` if there is none of version 2 or later.

    In this order: Docker's plugin, `docker-compose` on PATH, the one in this virtual environment.
    """
    candidates = [["docker", "compose"]]
    if on_path := shutil.which("docker-compose"):
        candidates.append([on_path])
    candidates.append([str(Path(sys.executable).parent / "docker-compose")])
    for candidate in candidates:
        try:
            version = run([*candidate, "version", "--short"], timeout=20)
        except CommandFailed:
            continue
        if is_current(version):
            return candidate
    raise MachineError(
        "no Docker Compose of version 2 or later: install docker-compose-plugin, or run `make demo`"
    )


def is_current(version: str) -> bool:
    """Whether `version` (as `2.26.1` or `v5.6.1`) is at least 2, the first that reads this stack's file."""
    major = version.strip().removeprefix("v").split(".")[0]
    return major.isdecimal() and int(major) >= 2
