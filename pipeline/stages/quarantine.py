"""What a drill makes of a backup that is not usable, and how that is told from circumstances that are not."""

from __future__ import annotations

import re

from pipeline.model.errors import StageFailed
from pipeline.model.release import BackupId
from pipeline.model.states import ExitCode
from pipeline.process import CommandFailed
from pipeline.stages.journey import Journey
from pipeline.wording.words import day

_PROBLEM = 500
_NEVER_RAN = frozenset({125, 126, 127})
"""Of `docker run`: the daemon refused, or the program could not be started."""

_OF_THE_PLACE = re.compile(
    r"No space left on device|could not extend file|could not write|out of (shared )?memory"
    r"|server closed the connection|terminating connection|connection to server|the database system is"
    r"|shared_preload_libraries|could not open extension control file|is not available|could not access file"
    r'|tablespace "[^"]*" does not exist|Cannot connect to the Docker daemon|error during connect',
    re.IGNORECASE,
)
"""What PostgreSQL and Docker say where the place of a trial is at fault: no room, no memory, a server that
ended, a library or tablespace that a throwaway server does not have."""


class Unfit(StageFailed):
    """The backup cannot be restored here, `problem` in a few words."""

    def __init__(self, what: str, *, advice: str, log: str = "", problem: str) -> None:
        super().__init__(what, advice=advice, log=log)
        self.problem = problem


class Damaged(Unfit):
    """What lies on disk is not what was written."""


class Unusable(StageFailed):
    """A drill found the backup not usable and put it in quarantine."""

    exit_code = ExitCode.BACKUP_FAILED


def tells_of_the_backup(error: CommandFailed) -> bool:
    """Whether a command failed for what it was given to read, and not for want of time, room or a server."""
    if error.finished is None or error.finished.exit_code in _NEVER_RAN:
        return False
    killed = error.finished.exit_code < 0 or error.finished.exit_code > 128
    return not killed and _OF_THE_PLACE.search(error.finished.stderr) is None


async def quarantine(journey: Journey, backup: BackupId, problem: str, log: str = "") -> Unusable:
    """Told to the journal when it returns; the error that ends the drill. Raises StaleEpoch."""
    releases = journey.parts.store.releases
    told = journey.parts.redact(problem).replace("\0", "")[:_PROBLEM]
    await releases.quarantine_backup(backup, told, journey.fence)
    proven = await releases.last_proven_backup(journey.project.id)
    return Unusable(
        f"Backup {backup} is not usable: {told}; it was put in quarantine.",
        advice="Make another at once: /backup. "
        + (
            f"The last proven one is number {proven.id} of {day(proven.created_at)}."
            if proven
            else "No other backup has been proven yet: prove that one with /drill."
        ),
        log=log,
    )
