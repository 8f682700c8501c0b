"""Copies backups off site beside everything else: no run waits for it, and it begins while none is active."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import structlog

from pipeline.cancelling import end, pass_on_cancellation
from pipeline.database.dump import manifest_of
from pipeline.database.sealing import sha256_of
from pipeline.engine.lock import itself
from pipeline.engine.lockfile import locked
from pipeline.model.errors import NOTHING_CHANGED, PipelineError
from pipeline.model.executor import Held
from pipeline.model.release import Backup, BackupId, Project
from pipeline.offsite import CopyFailed, Place, copy
from pipeline.process import inheriting
from pipeline.stages.check import away
from pipeline.store.connect import LOST
from pipeline.store.store import Store

_LOOK_SECONDS = 60.0
_RETRY_SECONDS = 5.0
_SHOWN = 500  # characters of a problem

log = structlog.get_logger()


class FileGone(PipelineError):
    """A backup of which the journal knows is damaged on this server, or not there."""


class FileAway(PipelineError):
    """The place where a backup lies cannot be read, which says nothing about the backup."""


@dataclass(frozen=True, kw_only=True)
class Patience:
    """In seconds: the pauses between the tries for one backup, and how long it is then let be, unless a new
    backup comes first."""

    pauses: tuple[float, ...] = (10.0, 60.0)
    again: float = 3600.0


@dataclass(frozen=True, kw_only=True)
class Copying:
    """`locks` is the folder of the lock that keeps two from copying at once, also from beside an orphan of a
    killed one; `timeout` in seconds."""

    store: Store
    project: Project
    to: Place
    locks: Path
    timeout: float
    redact: Callable[[str], str]
    patience: Patience = Patience()


@contextlib.asynccontextmanager
async def copying(how: Copying | None) -> AsyncIterator[None]:
    """Copies meanwhile; at the end the copy under way is ended. With None nothing is copied."""
    task = asyncio.create_task(keep_copying(how), name="copy") if how else None
    try:
        yield
    finally:
        await end([task] if task else [])


async def keep_copying(how: Copying) -> None:
    """Until cancelled. What goes wrong is told to the journal and tried again."""
    copier = _Copier(how)
    while True:
        try:
            async with locked(how.locks / "copies", how.project.name, itself("copies")) as file:
                with inheriting(file.descriptor):
                    await copier.run()
        except Held as error:
            log.warning("copies_wait", holder=str(error.holder))
        except LOST as error:
            pass_on_cancellation()
            log.warning("copies_wait", problem=str(error))
        except Exception:
            pass_on_cancellation()
            log.exception("copying_failed")
        await asyncio.sleep(_RETRY_SECONDS)


class _Copier:
    """Remembers, for the life of this process, what failed: the rest is in the journal."""

    def __init__(self, how: Copying) -> None:
        self._how = how
        self._damaged: set[BackupId] = set()
        self._given_up = BackupId(0)
        self._rests_until = 0.0

    async def run(self) -> None:
        """Until cancelled. Raises what a journal that is away raises."""
        async with self._how.store.news.subscribe() as news:
            while True:
                backup = await self._how.store.copies.next(self._how.project.id, self._damaged)
                rest = self._rests_until - asyncio.get_running_loop().time()
                if backup is None or (backup.id <= self._given_up and rest > 0):
                    await news.wait(min(_LOOK_SECONDS, rest) if backup else _LOOK_SECONDS)
                else:
                    await self._bring(backup)

    async def _bring(self, backup: Backup) -> None:
        """With its tries. A backup that is damaged here is left out from now on; where nothing can be copied,
        all rest."""
        pauses = [*self._how.patience.pauses, None]
        anew = False
        for pause in pauses:
            try:
                await self._copy(backup, anew=anew)
            except (CopyFailed, FileAway, FileGone) as error:
                log.warning("backup_not_copied", backup=backup.id, problem=error.what)
                if not await self._how.store.copies.failed(backup, _short(error.what)):
                    return
                of_file = isinstance(error, FileGone)
                if pause is not None and not of_file:
                    anew = anew or (isinstance(error, CopyFailed) and error.doubtful)
                    await asyncio.sleep(pause)
                    continue
                await self._give_up(backup, error, of_file=of_file)
                return
            await self._how.store.copies.done(backup)
            self._rests_until = 0.0
            log.info("backup_copied", backup=backup.id, bytes=backup.bytes, tool=self._how.to.tool)
            return

    async def _give_up(self, backup: Backup, error: PipelineError, *, of_file: bool) -> None:
        if of_file:
            self._damaged.add(backup.id)
        else:
            self._given_up = max(self._given_up, backup.id)
            self._rests_until = asyncio.get_running_loop().time() + self._how.patience.again
        await self._how.store.copies.trouble(
            backup, of_file=of_file, problem=_short(error.what), advice=error.advice
        )

    async def _copy(self, backup: Backup, *, anew: bool) -> None:
        """Raises CopyFailed, FileAway, FileGone."""
        how = self._how
        files = await asyncio.to_thread(_checked, backup)
        await copy(how.to, files, project=how.project.name, timeout=how.timeout, redact=how.redact, anew=anew)


def _checked(backup: Backup) -> dict[Path, str]:
    """Its files with their SHA-256, which is that of the journal. Raises FileAway, FileGone."""
    dump = Path(backup.path)
    expected = {dump: backup.sha256}
    if backup.manifest_sha256 is not None:
        expected[manifest_of(dump)] = backup.manifest_sha256
    for path, digest in expected.items():
        try:
            found = sha256_of(path)
        except OSError as error:
            if place := away(path, error):
                raise FileAway(
                    f"Backup {backup.id} cannot be read on the server: {place}.",
                    advice="See that the disk of STATE_DIR is there and that the worker may read it; the copy"
                    " is then made by itself.",
                ) from error
            raise _gone(backup, f"{path.name} cannot be read: {error.strerror}") from error
        if found != digest:
            raise _gone(backup, f"{path.name} is not what was written: its SHA-256 is another")
    return expected


def _gone(backup: Backup, why: str) -> FileGone:
    return FileGone(
        f"Backup {backup.id} is damaged on the server: {why}.",
        production=NOTHING_CHANGED,
        advice="Do not count on this one; /backup makes another. Look at the server's disk.",
    )


def _short(problem: str) -> str:
    """One line without what no text of PostgreSQL takes."""
    text = " ".join(problem.replace("\0", "").split())
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
