"""Paths into a JSON answer: `checks.database.status`, `items[0].name`, `["a key.with dots"]`."""

from __future__ import annotations

import re
from collections.abc import Mapping

_STEP = re.compile(r'\.?([^\s.\[\]"]+)|\[(\d{1,9})\]|\["([^"]+)"\]')

MISSING = object()
"""What a path that leads nowhere gives; null is a value."""


def steps(path: str) -> tuple[str | int, ...]:
    """The keys and indexes of a path, which may begin with `$`. Raises ValueError."""
    rest = path.removeprefix("$")
    found: list[str | int] = []
    at = 0
    while at < len(rest):
        match = _STEP.match(rest, at)
        if match is None or (match[1] is not None and _runs_on(rest, at, rest is path)):
            raise ValueError("a path such as checks.database.status or items[0].name")
        found.append(int(match[2]) if match[2] is not None else match[1] or match[3])
        at = match.end()
    if not found:
        raise ValueError("a path such as checks.database.status or items[0].name")
    return tuple(found)


def at(value: object, path: str) -> object:
    """What lies there, or MISSING. Raises ValueError for what is no path."""
    for step in steps(path):
        found = MISSING
        if isinstance(step, str):
            found = value.get(step, MISSING) if isinstance(value, Mapping) else MISSING
        elif isinstance(value, list) and step < len(value):
            found = value[step]
        if found is MISSING:
            return MISSING
        value = found
    return value


def _runs_on(text: str, at: int, bare: bool) -> bool:
    """Whether a name stands where a dot is missing before it, or one too many is."""
    return (text[at] == ".") == (at == 0 and bare)
