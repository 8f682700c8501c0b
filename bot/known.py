"""A backup by the number that Master typed or tapped."""

from __future__ import annotations

from pipeline.model.errors import PipelineError
from pipeline.model.release import Backup, BackupId, Project
from pipeline.store.store import Store
from pipeline.wording.restore import removed

_DIGITS = 17


class NoBackup(PipelineError):
    """The number is that of no backup of this project, or of one that cannot be had."""

    def __init__(self, what: str, advice: str = "/restore lists the newest; /backup makes one.") -> None:
        super().__init__(what, advice=advice)


def is_number(word: str) -> bool:
    """Whether it may be the number of a backup."""
    return word.isascii() and word.isdecimal() and len(word) <= _DIGITS


async def known_backup(store: Store, project: Project, number: int) -> Backup:
    """Also one that is in quarantine. Raises NoBackup."""
    backup = await store.releases.backup(BackupId(number))
    if backup is None or backup.project_id != project.id:
        raise NoBackup(f"There is no backup {number}.")
    if backup.pruned_at is not None:
        raise NoBackup(removed(backup))
    return backup
