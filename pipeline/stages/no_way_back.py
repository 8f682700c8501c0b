"""The error of a drill that found the way back not to work."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.model.errors import StageFailed
from pipeline.model.release import Release
from pipeline.model.states import ExitCode


class NoWayBack(StageFailed):
    """The release did not come up well on a copy."""

    exit_code = ExitCode.BACKUP_FAILED


def no_way_back(goal: Release, why: str, log: str, without: Sequence[str] = ()) -> NoWayBack:
    """`why` is a sentence; `without` what the copy did without, which may be the reason."""
    cut = f", and did without: {'; '.join(without)}" if without else ""
    return NoWayBack(
        f"The way back to release {goal.id} ({goal.short_sha}) does not work. On a copy: {why}",
        advice="A rollback to it would likely fail likewise: see /releases for others, or mend it. See"
        f" whether the copy is why: it reached nothing but itself{cut}.",
        log=log,
    )
