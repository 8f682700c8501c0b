"""Dumps, packed and perhaps encrypted, each with a manifest of its snapshot and read back whole."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import asyncpg

from pipeline.atomic import PART, sync_directory, write_whole
from pipeline.cancelling import end
from pipeline.containers.engine import Engine
from pipeline.database.archive import PACKED, packing, read_whole, stem
from pipeline.database.client import Client
from pipeline.database.dumping import Progress
from pipeline.database.faults import tells_of_the_backup
from pipeline.database.fitness import room
from pipeline.database.manifest import Manifest
from pipeline.database.sealing import BackupFailed, Seal, encrypt, opened, sealed, sha256_of
from pipeline.database.survey import Survey, surveying
from pipeline.process import Command, CommandFailed, CommandMissing, run_chain
from pipeline.store.connect import GONE, JournalUnreachable
from pipeline.wording.words import size

_CANNOT_PACK = re.compile(r"does not support compression|invalid value .* for option|must be in range")
"""What pg_dump says of zstd where it was built without, and before version 16."""

_GROWTH = 1.25
"""How much larger than the last one a backup is thought to become."""

SOUND = "See that the disk and the memory of this machine are sound, then ask again."
_ADVICE = "Mend what the last lines name; without a backup nothing is deployed."


@dataclass(frozen=True, kw_only=True)
class Dump:
    """`sha256` in hex, of the dump and of the manifest beside it. `plain` is its copy before encryption."""

    path: Path
    bytes: int
    sha256: str
    manifest: Manifest
    manifest_sha256: str
    plain: Path | None = None


class DamagedDump(BackupFailed):
    """What was written is not whole. It is kept as `made`, as evidence, and nothing to rely on; `problem` in
    a few words."""

    def __init__(self, made: Dump, problem: str) -> None:
        super().__init__(f"What was written as {made.path.name} is damaged: {problem}.", advice=SOUND)
        self.made = made
        self.problem = problem


def manifest_of(dump: Path) -> Path:
    return dump.with_name(f"{stem(dump)}.manifest.json")


async def dump(
    engine: Engine,
    client: Client,
    into: Path,
    *,
    name: str,
    run_id: int,
    timeout: float,
    redact: Callable[[str], str],
    tell: Callable[[str], None],
    query: str | None = None,
    revision: str | None = None,
    seal: Seal | None = None,
    last_bytes: int | None = None,
) -> Dump:
    """Dumps the database to `into`, whose name tells the form (archive.py); `name` is that of the one-off
    container, where one is used. `query` asks for the schema's revision in the snapshot; without one it is
    `revision`. `last_bytes` is the size of the last backup, by which it is judged whether there is room.

    Written under a temporary name, synced, read back whole, renamed, after the manifest was written: a dump
    counts with its manifest only. With a seal the plain dump is read back, then encrypted, and where there is
    an identity the encrypted one is opened again and compared.

    Raises DamagedDump where that shows that it is not what was written: it keeps its name, as evidence.
    Raises BackupFailed, errors of a connection that was lost; then nothing is left under any name.
    """
    part, beside = into.with_name(f"{into.name}{PART}"), manifest_of(into)
    plain = part if seal is None else seal.scratch / f"{stem(into)}{PACKED}"
    lost = [part, beside, plain]
    try:
        for folder in (into.parent, plain.parent):
            folder.mkdir(parents=True, exist_ok=True)
        await engine.remove(name)
        tell(f"dumping {client.address.database}")
        async with surveying(client.address, query, timeout=timeout) as survey:
            await _see_room(client, survey, into.parent, last_bytes, copies=1 if seal is None else 2)
            progress = Progress(plain, tell)
            dumping = asyncio.create_task(
                _write(
                    engine,
                    client,
                    plain,
                    name=name,
                    run_id=run_id,
                    snapshot=survey.snapshot,
                    timeout=timeout,
                    redact=redact,
                )
            )
            counting = asyncio.create_task(_count(survey, progress))
            showing = asyncio.create_task(progress.show())
            try:
                async with asyncio.timeout(timeout):
                    _, manifest = await asyncio.gather(dumping, counting)
            finally:
                await end([dumping, counting, showing])
        tell(f"reading back {size(plain.stat().st_size)}")
        await engine.remove(name)
        problem = await _read_back(client, plain, name, run_id, timeout=timeout, redact=redact)
        if query is None:
            manifest = replace(manifest, revision=revision)
        kept = manifest
        if seal is not None:
            tell("encrypting")
            await encrypt(seal, plain, part, timeout=timeout, redact=redact)
            kept = await sealed(manifest, seal.recipients, timeout=timeout, redact=redact)
            if problem is None and seal.identity is not None:
                problem = await opened(seal.identity, part, plain, timeout=timeout, redact=redact)
        count, digest = part.stat().st_size, await asyncio.to_thread(sha256_of, part)
        write_whole(beside, kept.to_json())
        manifest_digest = await asyncio.to_thread(sha256_of, beside)
        part.replace(into)
        await asyncio.to_thread(sync_directory, into.parent)
        stays = plain if seal is not None and seal.identity is None and problem is None else None
        lost = [] if plain in (part, stays) else [plain]
    except CommandFailed as error:
        raise BackupFailed(
            f"The backup of {client.address.database} failed: {error.what}",
            advice=error.advice if isinstance(error, CommandMissing) else _ADVICE,
        ) from error
    except (JournalUnreachable, asyncpg.PostgresError) as error:
        cause = error.__cause__ if isinstance(error, JournalUnreachable) else error
        if not isinstance(cause, asyncpg.PostgresError) or isinstance(cause, GONE):
            raise
        raise BackupFailed(
            f"The backup of {client.address.database} failed: {redact(str(cause))}.", advice=_ADVICE
        ) from error
    except TimeoutError as error:
        raise BackupFailed(
            f"The backup of {client.address.database} did not end within {timeout:g} s.",
            advice="See what it waits for, or raise BACKUP_TIMEOUT.",
        ) from error
    except ConnectionError:
        raise
    except OSError as error:
        raise BackupFailed(
            f"The backup of {client.address.database} could not be written: {error}.",
            advice="See that STATE_DIR is writable and has room.",
        ) from error
    finally:
        for left in lost:
            if os.path.lexists(left):
                left.unlink()
        await engine.remove(name)
    made = Dump(
        path=into,
        bytes=count,
        sha256=digest,
        manifest=manifest,
        manifest_sha256=manifest_digest,
        plain=stays,
    )
    if problem is not None:
        raise DamagedDump(made, problem)
    return made


async def _read_back(
    client: Client, file: Path, name: str, run_id: int, *, timeout: float, redact: Callable[[str], str]
) -> str | None:
    """What is wrong with it; None where nothing is. Raises CommandFailed where it could not be tried."""
    try:
        await read_whole(
            client, file, name=name, run_id=run_id, identity=None, timeout=timeout, redact=redact
        )
    except CommandFailed as error:
        if not tells_of_the_backup(error):
            raise
        return f"it cannot be read back: {error.what}"
    return None


async def _write(
    engine: Engine,
    client: Client,
    into: Path,
    *,
    name: str,
    run_id: int,
    snapshot: str | None,
    timeout: float,
    redact: Callable[[str], str],
) -> None:
    """Raises CommandFailed."""
    for packs in (True, False):
        command = dump_command(client, name, run_id, snapshot, packs=packs)
        try:
            await run_chain(
                [command, packing(packed=packs)], timeout=timeout, stdout_to=into, redact=redact, check=True
            )
        except CommandFailed as error:
            if not (packs and error.finished and _CANNOT_PACK.search(error.finished.stderr)):
                raise
            await engine.remove(name)
        else:
            return


def dump_command(
    client: Client, name: str, run_id: int, snapshot: str | None, *, packs: bool = True
) -> Command:
    """The archive on standard output. One that pg_dump `packs` by itself is a quarter of the bytes that go
    through Docker to us; before PostgreSQL 16 it cannot."""
    return client.command(
        name,
        "pg_dump",
        *("--format=custom", "--compress=zstd:1" if packs else "--compress=0", "--no-password"),
        *((f"--snapshot={snapshot}",) if snapshot else ()),
        f"--dbname={client.address.database}",
        run=run_id,
    )


async def _count(survey: Survey, progress: Progress) -> Manifest:
    manifest = await survey.manifest(progress.counting)
    progress.counted(len(manifest.tables))
    return manifest


async def _see_room(
    client: Client, survey: Survey, folder: Path, last_bytes: int | None, *, copies: int
) -> None:
    """Raises BackupFailed. Packed twice, a dump is hardly larger than the database."""
    needed = int(last_bytes * _GROWTH) * copies if last_bytes else await survey.size()
    if short := room(needed, shutil.disk_usage(folder).free, "the disk of STATE_DIR", spare=0):
        raise BackupFailed(
            f"The backup of {client.address.database} was not begun: {short[0]}.",
            advice="Make room there, or lower BACKUP_DAYS; without a backup nothing is deployed.",
        )
