"""How far a stage is, at the head of the line that it tells: `12 of 48 tests · test_api.py::test_get`."""

from __future__ import annotations

import re

_BETWEEN = " · "
_PART = (
    r"(?:[\w.-]+: )?"
    r"(?:(?:[a-z]+ )*\d+ of \d+(?: [a-z]+)?|all \d+ [a-z]+(?: [a-z]+)?|\d+ % of the [a-z]+|[\d.]+ [kMGT]?B)"
)
_HEAD = re.compile(rf"({_PART}(?:, {_PART})*)(?:{_BETWEEN}(.*))?", re.DOTALL)


def so_far(far: str | None, what: str) -> str:
    """`far` counts something: `step 3 of 8`, `23.1 MB, table 7 of 31`, `unit: 12 of 48 tests`, `25 % of the
    tests`. `what` is at work now, or the last line of output."""
    return _BETWEEN.join(part for part in (far, what) if part)


def apart(line: str) -> tuple[str, str]:
    """Both parts of such a line; a line that begins with no count is all `what`."""
    found = _HEAD.fullmatch(line)
    return (found[1], found[2] or "") if found else ("", line)
