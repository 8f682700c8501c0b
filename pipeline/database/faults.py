"""Whether a command failed for the backup that it was given, or for the place it ran at. Pure."""

from __future__ import annotations

import re

from pipeline.process import CommandFailed

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


def tells_of_the_backup(error: CommandFailed) -> bool:
    """Whether a command failed for what it was given to read, and not for want of time, room or a server."""
    if error.finished is None or error.finished.exit_code in _NEVER_RAN:
        return False
    killed = error.finished.exit_code < 0 or error.finished.exit_code > 128
    return not killed and _OF_THE_PLACE.search(error.finished.stderr) is None
