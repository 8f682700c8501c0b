"""Check, before data is brought back: what cannot come back is refused before anything is made or touched."""

from __future__ import annotations

import asyncio
import errno
from datetime import datetime
from pathlib import Path

from pipeline.database.archive import Locked, read_whole, unpacking, wrong_key
from pipeline.database.client import Client, find_client
from pipeline.database.dump import manifest_of
from pipeline.database.faults import tells_of_the_backup
from pipeline.database.fitness import needs, refusals, room
from pipeline.database.manifest import Manifest, listed
from pipeline.database.names import fits
from pipeline.database.restore import free_here, server, size_of
from pipeline.database.sealing import sha256_of
from pipeline.model.errors import StageFailed
from pipeline.model.release import Backup, BackupId, RunId
from pipeline.model.results import Checked
from pipeline.model.run import UNDO
from pipeline.model.states import RunKind, StageName
from pipeline.process import CommandFailed
from pipeline.stages import aside
from pipeline.stages.journey import Journey
from pipeline.stages.quarantine import Damaged, Unfit, quarantining
from pipeline.wording.restore import in_quarantine, removed
from pipeline.wording.words import size

_UNPROVEN = "This backup has no manifest: it is read whole, but what comes back cannot be compared with it."
_ANOTHER = "Mend that, or choose another backup: /restore lists them."
_OTHER_CODE = "That data is of a release that does not serve now: code and data may not fit each other."
_NO_DISK = "How much disk the database server has free cannot be told from here."


async def run(journey: Journey) -> Checked:
    """Raises Unusable where the backup's file is damaged, StageFailed where else it cannot come back."""
    name = journey.parts.settings.db_name
    if name == journey.parts.settings.pipeline_db_name:
        raise _refused(
            f"DB_NAME {name} is the journal itself: no run brings back the database that it is written in.",
            "Where it is lost, stop bot and worker and restore a backup by hand (docs/backups.md).",
        )
    backup = await _wanted(journey)
    if journey.live is None:
        raise _refused("Nothing is live: a restore starts the live release again.", "Deploy first.")
    if not fits(name, journey.run.id):
        raise _refused(
            f"DB_NAME {name} is too long: the name of a second database beside it would be cut.",
            "Rename the database to at most 40 bytes.",
        )
    await aside.see_free(journey)
    if backup is None:
        return await _kept(journey)
    async with quarantining(journey, backup.id):
        return await _backup(journey, backup)


async def _wanted(journey: Journey) -> Backup | None:
    """None where the database of before the newest restore is. Raises StageFailed."""
    if journey.run.kind is RunKind.REWIND:
        return await _of_then(journey)
    return None if journey.run.target == UNDO else await _restorable(journey)


async def _of_then(journey: Journey) -> Backup:
    """The data that the release to go back to has left."""
    goal = await journey.goal()
    found = await journey.parts.store.releases.backup_of(goal)
    if found is None:
        raise _refused(
            f"No backup is kept that holds the data which release {goal.id} ({goal.short_sha}) left.",
            "Go back with the code only: /rollback asks anew.",
        )
    async with quarantining(journey, found.id):
        manifest = read_manifest(found)
    if manifest is None or manifest.revision != goal.schema_revision:
        at = manifest.revision if manifest else None
        then = goal.schema_revision or "none"
        raise _not_this(
            found, [f"its schema is at {at or 'none'}, release {goal.short_sha} left it at {then}"]
        )
    return found


async def _restorable(journey: Journey) -> Backup:
    """The one that is asked for, but none in quarantine. Raises StageFailed."""
    backup = await asked_for(journey, journey.run.target or "")
    if backup.quarantined_at is not None:
        raise _refused(
            in_quarantine(backup),
            f"Choose another backup: /restore lists them. /drill {backup.id} tries this one again.",
        )
    return backup


async def asked_for(journey: Journey, target: str) -> Backup:
    """Also one that is in quarantine. Raises StageFailed."""
    found = None
    if target.isascii() and target.isdecimal() and len(target) < 18:
        found = await journey.parts.store.releases.backup(BackupId(int(target)))
    if found is None or found.project_id != journey.project.id:
        raise _refused(f"There is no backup {target[:40]!r}.", "See /restore for the backups that are there.")
    if found.pruned_at is not None:
        raise _refused(removed(found), "See /restore for the backups that are there.")
    return found


async def _backup(journey: Journey, backup: Backup) -> Checked:
    parts, name = journey.parts, journey.parts.settings.db_name
    path = Path(backup.path)
    if backup.database != name:
        raise _not_this(backup, [f"it is of database {backup.database}, not of {name}"])
    if away := out_of_reach(path):
        raise _not_this(backup, [away])
    see_key(journey, backup)
    journey.tell(f"reading {size(backup.bytes)}")
    if found := await asyncio.to_thread(damage, backup, path):
        raise _damaged(backup, found)
    manifest = await asyncio.to_thread(read_manifest, backup)
    client = await find_client(parts.engine, parts.settings.application, parts.database_project)
    has = await server(parts.settings.journal, client)
    live_size = await size_of(parts.settings.journal, name)
    there, here = needs(
        manifest.bytes if manifest else live_size,
        backup.bytes,
        beside_server=client.server is not None,
        encrypted=bool(parts.settings.recipients),
    )
    problems = [
        *(refusals(manifest, has, name) if manifest else []),
        *room(there, has.free, "the disk of the database server"),
        *room(here, free_here(parts.layout.state_dir), "the disk of STATE_DIR"),
    ]
    if problems:
        raise _not_this(backup, problems)
    await read_to_its_end(journey, client, backup)
    return Checked(
        backup_id=backup.id,
        path=backup.path,
        database=None,
        bytes=backup.bytes,
        sha256=backup.sha256,
        taken_at=manifest.taken_at if manifest else backup.created_at,
        release=backup.release,
        proven=manifest is not None,
        warnings=[*([] if manifest else [_UNPROVEN]), *([_NO_DISK] if has.free is None else [])],
    )


def see_key(journey: Journey, backup: Backup) -> None:
    """Raises Locked where the backup is encrypted and there is no key for it."""
    try:
        unpacking(Path(backup.path), journey.parts.settings.backup_identity)
    except Locked:
        raise _locked(backup, "it is encrypted, and BACKUP_IDENTITY is not set") from None


def out_of_reach(path: Path) -> str | None:
    """Why the file cannot be had at all, in a few words: a disk that is not there, or refuses us, is no fault
    of the backup."""
    try:
        with path.open("rb"):
            return None
    except OSError as error:
        return away(path, error)


def away(path: Path, error: OSError) -> str | None:
    """Why the place is at fault that the file could not be read; None where the file is."""
    if error.errno == errno.ENOENT:
        return None if path.parent.is_dir() else f"the folder {path.parent} is not there"
    return None if error.errno == errno.EIO else f"{path} cannot be read ({error.strerror})"


def damage(backup: Backup, path: Path) -> list[str]:
    """What is not as it was written: level `checksum`, of the dump. Raises Unfit where none can tell."""
    try:
        count = path.stat().st_size
        if count != backup.bytes:
            return [f"{path} has {count} bytes, not the {backup.bytes} that were written"]
        if sha256_of(path) != backup.sha256:
            return [f"{path} was changed since it was written: its SHA-256 is another"]
    except OSError as error:
        if place := away(path, error):
            raise _not_this(backup, [place]) from error
        return [f"{path} cannot be read ({error.strerror})"]
    return []


def read_manifest(backup: Backup) -> Manifest | None:
    """The manifest of a backup, None for one of before there were any. Raises StageFailed."""
    if backup.manifest_sha256 is None:
        return None
    path = manifest_of(Path(backup.path))
    try:
        if sha256_of(path) != backup.manifest_sha256:
            raise _damaged(backup, [f"{path} was changed since it was written: its SHA-256 is another"])
        return Manifest.from_json(path.read_text())
    except OSError as error:
        if place := away(path, error):
            raise _not_this(backup, [f"its manifest cannot be had: {place}"]) from error
        raise _damaged(backup, [f"its manifest {path} cannot be read ({error.strerror})"]) from error
    except ValueError as error:
        raise _not_this(backup, [f"its manifest {path} cannot be used: {error}"]) from error


async def read_to_its_end(journey: Journey, client: Client, backup: Backup) -> None:
    """Level `read`. Raises StageFailed."""
    parts, name = journey.parts, journey.one_off(StageName.CHECK)
    await parts.engine.remove(name)
    try:
        await read_whole(
            client,
            Path(backup.path),
            name=name,
            run_id=journey.run.id,
            identity=parts.settings.backup_identity,
            timeout=parts.settings.backup_timeout,
            redact=parts.redact,
        )
    except CommandFailed as error:
        if wrong_key(error):
            raise _locked(backup, "it is encrypted for other keys than that of BACKUP_IDENTITY") from error
        make = _damaged if tells_of_the_backup(error) else _not_this
        raise make(backup, ["it cannot be read to its end"], error.what) from error
    finally:
        await parts.engine.remove(name)


async def _kept(journey: Journey) -> Checked:
    """The database of before the newest restore."""
    parts = journey.parts
    there = await aside.kept(journey)
    if not there:
        others = await aside.of_others(journey)
        not_ours = f" The journal knows no restore that left {listed(others)}." if others else ""
        raise _refused(
            f"There is nothing to undo: no database of before a restore is kept.{not_ours}",
            "See /restore for the backups that are there.",
        )
    restore, name = next(iter(there.items()))
    count = await size_of(parts.settings.journal, name)
    return Checked(
        backup_id=None,
        path=None,
        database=name,
        bytes=count,
        sha256=None,
        taken_at=await _until(journey, restore),
        release=None,
        proven=True,
        warnings=await _of_other_code(journey, restore),
    )


async def _until(journey: Journey, restore: RunId) -> datetime:
    """When that run took the database out of service."""
    try:
        row = (await journey.parts.store.runs.view(restore)).stage(StageName.SWAP)
    except LookupError:
        row = None
    return row.finished_at if row and row.finished_at else journey.parts.clock()


def _damaged(backup: Backup, problems: list[str], log: str = "") -> Damaged:
    return Damaged(_words(backup, problems), advice=_ANOTHER, log=log, problem=listed(problems))


def _not_this(backup: Backup, problems: list[str], log: str = "") -> Unfit:
    return Unfit(_words(backup, problems), advice=_ANOTHER, log=log, problem=listed(problems))


def _words(backup: Backup, problems: list[str]) -> str:
    return f"Backup {backup.id} cannot be restored: {listed(problems)}."


def _locked(backup: Backup, why: str) -> Locked:
    return Locked(f"Backup {backup.id} cannot be restored: {why}.")


async def _of_other_code(journey: Journey, restore: RunId) -> list[str]:
    """A warning where another release served on the kept database than serves now."""
    try:
        run = await journey.parts.store.runs.get(restore)
    except LookupError:
        return []
    live = journey.live.id if journey.live else None
    return [_OTHER_CODE] if run.live_release_id not in (None, live) else []


def _refused(what: str, advice: str) -> StageFailed:
    return StageFailed(what, advice=advice)
