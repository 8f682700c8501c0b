"""Which files of a commit are migrations. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

PATHS = ("**/migrations/**", "**/alembic/**", "**/migrate*", "**/*.sql")
"""Where most projects keep them; x-pipeline.migrate.paths says otherwise."""

_PARTS = re.compile(r"\*\*/|\*\*|\*|\?|[^*?]+")
_MEANING = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def migrations(paths: Iterable[str], patterns: Sequence[str]) -> list[str]:
    """Those that fit a pattern, in order: `*` is within a folder, `**` any number of folders."""
    fitting = re.compile("|".join(f"(?:{_expression(pattern)})" for pattern in patterns), re.DOTALL)
    return sorted(path for path in paths if fitting.fullmatch(path))


def _expression(pattern: str) -> str:
    return "".join(_MEANING.get(part, re.escape(part)) for part in _PARTS.findall(pattern))
