"""What holds of the controller's own releases: their code shares the journal's schema, or they cannot run."""

from __future__ import annotations

from collections.abc import Callable

from pipeline.model.errors import StageFailed
from pipeline.model.move import Move
from pipeline.model.release import Release
from pipeline.of_project import CONTROLLER
from pipeline.stages.journey import Hands
from pipeline.stages.moved import Moved
from pipeline.store.migration import newest
from pipeline.store.schema import standing

_HEALTH = "health"
_NO_RELEASE_MENDS = frozenset({"telegram", "reactive_worker"})
"""What `health` tells of too."""


def is_itself(hands: Hands) -> bool:
    """Whether the project is this program."""
    return hands.settings.project_name == CONTROLLER


def mended(hands: Hands) -> Callable[[frozenset[str]], frozenset[str]]:
    """Which of the checks that failed count on a way back.

    Of the controller from before it is no fault that Telegram does not answer, for it is reached from the
    same place as ever, nor that its worker tells of a project which it cannot serve, though kept compose
    files may say so. A dead worker does not become healthy, which is waited for.
    """

    def counted(failed: frozenset[str]) -> frozenset[str]:
        if is_itself(hands) and failed & _NO_RELEASE_MENDS:
            return failed - _NO_RELEASE_MENDS - {_HEALTH}
        return failed

    return counted


def known_by_this_code() -> str:
    """As a release's schema revision: the newest migration that its code knows."""
    return str(newest())


async def must_share(hands: Hands, goal: Release) -> None:
    """Raises StageFailed where the code of `goal` cannot work with the journal as it is now."""
    code = goal.schema_revision
    if code is None or not code.isdecimal():
        return
    journal = await standing(hands.settings.journal)
    if not journal.shared_with(int(code)):
        raise StageFailed(
            f"Release {goal.short_sha} cannot come back: it knows the journal's schema up to {int(code):04},"
            f" and the journal is at {journal.at:04}, which it cannot work with.",
            advice="Choose a newer release, or deploy a commit that mends what is wrong with this one.",
        )


async def stays(hands: Hands, goal: Release) -> Moved:
    """A rollback leaves the journal's schema where it is. Raises StageFailed where it cannot."""
    await must_share(hands, goal)
    now = str((await standing(hands.settings.journal)).at)
    return Moved(now=now, then=goal.schema_revision, move=Move.NONE)
