"""What the databases of a restore are called, and what their names tell of how far it came. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

_MOST_BYTES = 63
"""Of a name in PostgreSQL; what is longer would be cut without an error."""


@dataclass(frozen=True, kw_only=True)
class Places:
    """`source` takes the name of `live`, whose database is kept as `aside`."""

    live: str
    source: str
    aside: str

    @property
    def back(self) -> Places:
        """The same swap undone."""
        return Places(live=self.live, source=self.aside, aside=self.source)

    def swapped(self, there: Collection[str]) -> bool | None:
        """What the names on the server tell; None where they fit neither side of the swap."""
        match self.live in there, self.source in there, self.aside in there:
            case True, True, False:
                return False
            case True, False, True:
                return True
            case _:
                return None


def prepared_name(database: str, run: int) -> str:
    """The copy that a run restores a backup into."""
    return f"{database}_restore_{run}"


def kept_name(database: str, run: int) -> str:
    """The database as it was before the restore of that run."""
    return f"{database}_before_{run}"


def fits(database: str, run: int) -> bool:
    return len(prepared_name(database, run).encode()) <= _MOST_BYTES


def kept_by(database: str, there: Collection[str]) -> dict[int, str]:
    """The databases of before restores by run, the newest first."""
    return _by_run("before", database, there)


def prepared_by(database: str, there: Collection[str]) -> dict[int, str]:
    return _by_run("restore", database, there)


def _by_run(word: str, database: str, there: Collection[str]) -> dict[int, str]:
    pattern = re.compile(rf"{re.escape(database)}_{word}_([1-9]\d{{0,17}})")
    found = {int(match[1]): each for each in there if (match := pattern.fullmatch(each))}
    return dict(sorted(found.items(), reverse=True))
