"""The branches of a repository, to choose from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

FORMAT = "%(objectname) %(committerdate:unix)"
"""For `git for-each-ref`: a commit and its time, a line each."""


@dataclass(frozen=True)
class Branch:
    """`sha` is the full SHA of its tip; `when` the tip's commit time in UTC, None where that is not known."""

    name: str
    sha: str
    when: datetime | None


def parse_times(listing: bytes) -> dict[str, datetime]:
    """Full SHA → commit time; times that no calendar holds are left out."""
    times = {}
    for line in listing.decode(errors="replace").splitlines():
        sha, _, seconds = line.partition(" ")
        try:
            times[sha] = datetime.fromtimestamp(int(seconds), UTC)
        except (ValueError, OverflowError, OSError):
            continue
    return times


def newest_first(tips: Mapping[str, str], times: Mapping[str, datetime]) -> list[Branch]:
    """`tips` are full SHAs by branch. Those of unknown age come last; of one age by name."""
    found = [Branch(name, sha, times.get(sha)) for name, sha in sorted(tips.items())]
    return sorted(found, key=lambda branch: -branch.when.timestamp() if branch.when else float("inf"))
