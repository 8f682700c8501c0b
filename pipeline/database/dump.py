"""Dumps in pg_dump's custom format, each with a manifest of its snapshot and read back whole."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from pipeline.atomic import sync_directory, write_whole
from pipeline.cancelling import end
from pipeline.containers.engine import Engine
from pipeline.database.client import Client
from pipeline.database.manifest import Manifest
from pipeline.database.survey import surveying
from pipeline.model.errors import PipelineError
from pipeline.process import Command, CommandFailed, run
from pipeline.store.connect import LOST, JournalUnreachable

_CHUNK = 1024 * 1024
_LEVEL = 1  # of gzip, whose default takes some three times as long for a tenth less
_ADVICE = "Mend what the last lines name; without a backup nothing is deployed."


class BackupFailed(PipelineError):
    """No dump could be made, or it cannot be read back."""


@dataclass(frozen=True, kw_only=True)
class Dump:
    """`sha256` in hex, of the dump and of the manifest beside it."""

    path: Path
    bytes: int
    sha256: str
    manifest: Manifest
    manifest_sha256: str


def manifest_of(dump: Path) -> Path:
    return dump.with_name(f"{dump.name.removesuffix('.dump')}.manifest.json")


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
    revision: str | None = None,
) -> Dump:
    """Dumps the database to `into`; `name` is that of the one-off container, where one is used. `revision`
    is the query for the schema's revision.

    Written under a temporary name, synced, read back whole, renamed, after the manifest was written: a dump
    counts with its manifest only.

    Raises BackupFailed, errors of a connection that was lost; then nothing is left under either name.
    """
    part, beside = into.with_name(f"{into.name}.part"), manifest_of(into)
    done = False
    try:
        into.parent.mkdir(parents=True, exist_ok=True)
        await engine.remove(name)
        tell(f"dumping {client.address.database}")
        async with surveying(client.address, revision, timeout=timeout) as survey:
            command = _dump_command(client, name, run_id, survey.snapshot)
            dumping = asyncio.create_task(
                run(command, timeout=timeout, stdout_to=part, redact=redact, check=True)
            )
            counting = asyncio.create_task(survey.manifest(tell))
            try:
                async with asyncio.timeout(timeout):
                    _, manifest = await asyncio.gather(dumping, counting)
            finally:
                await end([dumping, counting])
        size = part.stat().st_size
        tell(f"reading back {size} bytes")
        await engine.remove(name)
        await run(
            read_back(client, name, run_id), timeout=timeout, stdin_from=part, redact=redact, check=True
        )
        digest = await asyncio.to_thread(sha256_of, part)
        write_whole(beside, manifest.to_json())
        manifest_digest = await asyncio.to_thread(sha256_of, beside)
        part.replace(into)
        await asyncio.to_thread(sync_directory, into.parent)
        done = True
    except CommandFailed as error:
        raise BackupFailed(
            f"The backup of {client.address.database} failed: {error.what}",
            advice=_ADVICE,
        ) from error
    except (JournalUnreachable, asyncpg.PostgresError) as error:
        cause = error.__cause__ if isinstance(error, JournalUnreachable) else error
        if not isinstance(cause, asyncpg.PostgresError) or isinstance(cause, LOST):
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
        for left in (part, *(() if done else (beside,))):
            if os.path.lexists(left):
                left.unlink()
        await engine.remove(name)
    return Dump(path=into, bytes=size, sha256=digest, manifest=manifest, manifest_sha256=manifest_digest)


def _dump_command(client: Client, name: str, run_id: int, snapshot: str) -> Command:
    return client.command(
        name,
        "pg_dump",
        *("--format=custom", f"--compress={_LEVEL}", "--no-password", f"--snapshot={snapshot}"),
        f"--dbname={client.address.database}",
        run=run_id,
    )


def read_back(client: Client, name: str, run_id: int) -> Command:
    """pg_restore into nowhere: reads every block, and so finds truncation and damage, unlike --list."""
    return client.command(name, "pg_restore", "--file=/dev/null", run=run_id)


def sha256_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
