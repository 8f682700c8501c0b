"""Keys of age, for backups that are encrypted."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Key:
    identity: Path
    recipient: str


def new_key(folder: Path, name: str) -> Key:
    made = subprocess.run(
        ["age-keygen", "-o", folder / name], capture_output=True, text=True, check=True, timeout=20
    )
    return Key(folder / name, made.stderr.split()[-1])
