"""Named SQL blocks: each starts with `-- name --`, followed by a sentence about its parameters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import asyncpg

_HEAD = re.compile(r"^-- (\w+) --$", re.MULTILINE)


@cache
def load(file: str) -> Mapping[str, str]:
    """The blocks of `sql/<file>.sql` by name."""
    text = (files(__package__) / "sql" / f"{file}.sql").read_text()
    parts = _HEAD.split(text)
    return dict(zip(parts[1::2], (part.strip() for part in parts[2::2]), strict=True))


async def one(pool: asyncpg.Pool, query: str, *values: object) -> asyncpg.Record:
    """The row of a query that always has one. Raises LookupError where it has none."""
    row = await pool.fetchrow(query, *values)
    if row is None:
        raise LookupError(f"no row for {values}")
    return row
