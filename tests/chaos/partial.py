"""Files that are not whole yet, found while others make and remove files and folders around them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from pipeline.atomic import PART


def partial_files(folder: Path) -> Iterator[Path]:
    """Those below `folder`; of a folder that goes meanwhile, none."""
    for place, _, names in os.walk(folder):
        for name in names:
            if name.endswith(PART):
                yield Path(place, name)
