"""Backups that no rule of retention wants lose their files.

The journal is told first, then the files go: as long as one is there, the next time does the rest again.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path

import structlog

from pipeline.cancelling import pass_on_cancellation
from pipeline.database.dump import manifest_of
from pipeline.model.release import ProjectId
from pipeline.model.rotation import Policy, surplus
from pipeline.store.connect import LOST
from pipeline.store.releases import Releases

log = structlog.get_logger()


async def rotate(releases: Releases, project: ProjectId, folder: Path, policy: Policy, now: datetime) -> None:
    """To be called under the executor's lock. What `surplus` spares and all while a run is active stay,
    however old. What cannot be removed is told in the log and tried again the next time; no run fails for it.
    """
    try:
        needed = await releases.needed_backups(project)
        given_up = surplus(await releases.all_backups(project), policy, now, needed)
        for backup in await releases.prune_backups(project, given_up) if given_up else ():
            log.info("backup_pruned", backup=backup, policy=str(policy))
        there = await asyncio.to_thread(_files, folder)
        for path in await releases.pruned_backups_at(project, there):
            await asyncio.to_thread(_remove, Path(path))
    except LOST as error:
        pass_on_cancellation()
        log.warning("rotation_left_off", problem=str(error))


def _files(folder: Path) -> list[str]:
    return [str(path) for path in folder.iterdir()] if folder.is_dir() else []


def _remove(dump: Path) -> None:
    """The manifest goes first: by the dump what is left over is found again."""
    try:
        manifest_of(dump).unlink(missing_ok=True)
        dump.unlink(missing_ok=True)
    except OSError as error:
        log.warning("backup_left", path=str(dump), problem=str(error))
