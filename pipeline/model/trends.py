"""How stages, backups and tests change over time. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from typing import TypeVar

from pipeline.model.figures import BackupPoint, DeployPoint, Past
from pipeline.model.states import StageName

N = TypeVar("N", int, float)

WAITS = frozenset({StageName.APPROVE})
"""What takes as long as people take."""


@dataclass(frozen=True, kw_only=True)
class Trends:
    """Medians, in seconds, over the deploys of a period: of each stage, of all stages without the waiting for
    people, and of the time without service. `tests`, `coverage` (percent) and `backup` (bytes) are of the
    newest deploy and backup of the period. None where there is none."""

    stages: dict[StageName, float] = field(default_factory=dict)
    work: float | None = None
    down: float | None = None
    tests: int | None = None
    coverage: float | None = None
    backup: int | None = None


def trends(past: Past, since: datetime, until: datetime) -> Trends:
    deploys = [one for one in past.deploys if since <= one.at < until]
    backups = [one for one in past.backups if since <= one.at < until]
    return Trends(
        stages={
            stage: median(seconds)
            for stage in StageName
            if stage not in WAITS
            and (seconds := [one.seconds[stage] for one in deploys if stage in one.seconds])
        },
        work=_median(work(one) for one in deploys),
        down=_median(one.down for one in deploys),
        tests=_newest([one.tests for one in deploys]),
        coverage=_newest([one.coverage for one in deploys]),
        backup=backups[-1].bytes if backups else None,
    )


def work(deploy: DeployPoint) -> float | None:
    """The seconds of all its stages; some run side by side, so it took less. None where none is known."""
    seconds = [taken for stage, taken in deploy.seconds.items() if stage not in WAITS]
    return sum(seconds) if seconds else None


def thinned(points: list[BackupPoint], most: int) -> list[BackupPoint]:
    """At most so many of them, evenly, the newest always among them."""
    step = -(-len(points) // most) or 1
    return points[::-1][::step][::-1]


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None


def _newest(values: list[N | None]) -> N | None:
    return next((value for value in reversed(values) if value is not None), None)
