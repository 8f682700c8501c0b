"""Dumps in pg_dump's custom format, checked by reading the whole archive."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipeline.containers.engine import Engine
from pipeline.database.client import Client
from pipeline.model.errors import PipelineError
from pipeline.process import Command, CommandFailed, run

_CHUNK = 1024 * 1024


class BackupFailed(PipelineError):
    """No dump could be made, or it cannot be read back."""


@dataclass(frozen=True, kw_only=True)
class Dump:
    """`sha256` in hex."""

    path: Path
    bytes: int
    sha256: str


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
) -> Dump:
    """Dumps the database to `into`; `name` is that of the one-off container, where one is used.

    Written under a temporary name, synced, read back whole, renamed.

    Raises BackupFailed; then nothing is left under either name.
    """
    part = into.with_name(f"{into.name}.part")
    try:
        into.parent.mkdir(parents=True, exist_ok=True)
        await engine.remove(name)
        tell(f"dumping {client.address.database}")
        command = client.command(
            name,
            "pg_dump",
            *("--format=custom", "--no-password", f"--dbname={client.address.database}"),
            run=run_id,
        )
        await run(command, timeout=timeout, stdout_to=part, redact=redact, check=True)
        size = part.stat().st_size
        tell(f"reading back {size} bytes")
        await engine.remove(name)
        await run(
            _read_back(client, name, run_id), timeout=timeout, stdin_from=part, redact=redact, check=True
        )
        digest = await asyncio.to_thread(_sha256, part)
        part.replace(into)
        await asyncio.to_thread(_sync_directory, into.parent)
    except CommandFailed as error:
        raise BackupFailed(
            f"The backup of {client.address.database} failed: {error.what}",
            advice="Mend what the last lines name; without a backup nothing is deployed.",
        ) from error
    except OSError as error:
        raise BackupFailed(
            f"The backup of {client.address.database} could not be written: {error}.",
            advice="See that STATE_DIR is writable and has room.",
        ) from error
    finally:
        if os.path.lexists(part):
            part.unlink()
        await engine.remove(name)
    return Dump(path=into, bytes=size, sha256=digest)


def _read_back(client: Client, name: str, run_id: int) -> Command:
    """pg_restore into nowhere: reads every block, and so finds truncation and damage, unlike --list."""
    return client.command(name, "pg_restore", "--file=/dev/null", run=run_id)


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
