"""What is made of a backup that is not usable: it goes into quarantine, and the run ends."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from pipeline.database.dump import SOUND
from pipeline.model.errors import StageFailed
from pipeline.model.release import Backup, BackupId
from pipeline.model.states import ExitCode
from pipeline.stages.journey import Journey
from pipeline.wording.words import day

_PROBLEM = 500


class Unfit(StageFailed):
    """The backup cannot be restored here, `problem` in a few words."""

    def __init__(self, what: str, *, advice: str, log: str = "", problem: str) -> None:
        super().__init__(what, advice=advice, log=log)
        self.problem = problem


class Damaged(Unfit):
    """What lies on disk is not what was written."""


class Unusable(StageFailed):
    """A backup was found not usable and is in quarantine."""

    exit_code = ExitCode.BACKUP_FAILED


async def quarantine(journey: Journey, backup: BackupId, problem: str, log: str = "") -> Unusable:
    """Told to the journal when it returns; the error that ends the run. Raises StaleEpoch."""
    told = in_few_words(journey, problem)
    await journey.parts.store.releases.quarantine_backup(backup, told, journey.fence)
    return Unusable(
        _words(backup, told), advice=f"Make another at once: /backup. {await _instead(journey)}", log=log
    )


async def made_in_vain(journey: Journey, backup: Backup) -> Unusable:
    """The error that ends a run whose own backup is in quarantine as soon as it is recorded."""
    return Unusable(
        _words(backup.id, backup.problem or ""),
        advice=f"{SOUND} Without a good backup nothing is deployed. {await _instead(journey)}",
    )


@contextlib.asynccontextmanager
async def quarantining(journey: Journey, backup: BackupId) -> AsyncIterator[None]:
    """Puts the backup in quarantine where what lies on disk is not what was written. Raises Unusable."""
    try:
        yield
    except Damaged as error:
        raise await quarantine(journey, backup, error.problem, error.log) from error


def in_few_words(journey: Journey, problem: str) -> str:
    """As the journal keeps it: without secrets, and the end of a sentence."""
    told = journey.parts.redact(problem).replace("\0", "")
    return told[:_PROBLEM].rstrip(".")


def _words(backup: BackupId, problem: str) -> str:
    return f"Backup {backup} is not usable: {problem}; it was put in quarantine."


async def _instead(journey: Journey) -> str:
    """A sentence on what there is besides."""
    proven = await journey.parts.store.releases.last_proven_backup(journey.project.id)
    if proven is None:
        return "No other backup has been proven yet: prove that one with /drill."
    return f"The last proven one is number {proven.id} of {day(proven.created_at)}."
