"""Named SQL from `queries.sql`: a block begins with `-- name --` and ends where the next one begins."""

from __future__ import annotations

import re
from pathlib import Path

FILE = Path(__file__).with_name("queries.sql")
HEADING = re.compile(r"^-- (\w+) --$", re.MULTILINE)


def read_queries(text: str) -> dict[str, str]:
    """Statement by name. Raises `ValueError` when a name is used twice."""
    _, *parts = HEADING.split(text)
    names, bodies = parts[::2], parts[1::2]
    if doubled := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"queries.sql has more than one block named {', '.join(sorted(doubled))}")
    return {name: body.strip() for name, body in zip(names, bodies, strict=True)}
