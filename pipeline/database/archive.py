"""What a backup's file holds, by its name, and the commands that make it and read it again.

`NAME.dump.zst` is pg_dump's custom format, whose data pg_dump packs by zstd, in a zstd file with a checksum;
where pg_dump cannot pack so (before version 16), that file alone packs, with the machine's processors;
`NAME.dump.zst.age` is that, encrypted by age; `NAME.dump`, of older versions, is packed by pg_dump itself.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from pipeline.database.client import Client
from pipeline.model.errors import PipelineError
from pipeline.process import Command, CommandFailed, run_chain

PACKED = ".dump.zst"
ENCRYPTED = f"{PACKED}.age"
_PLAIN = ".dump"

_NO_KEY = "no identity matched any of the recipients"
_LEVEL = 3
_MOST_THREADS = 8
"""More would wait for pg_dump, and take some 25 MB of memory each."""


class Locked(PipelineError):
    """The file is encrypted, and there is no key to open it with, or not the right one."""

    def __init__(self, what: str) -> None:
        super().__init__(
            what,
            advice="Put the file of a private key that it is encrypted for on the server, name it in"
            " BACKUP_IDENTITY, restart the worker and ask again.",
        )


def stem(file: Path) -> str:
    """The name without what tells the form."""
    for ending in (ENCRYPTED, PACKED, _PLAIN):
        if file.name.endswith(ending):
            return file.name.removesuffix(ending)
    return file.name


def encrypted(file: Path) -> bool:
    return file.name.endswith(ENCRYPTED)


def packing(*, packed: bool = False) -> Command:
    """Packs from standard input to standard output, with a checksum; of what is `packed` already little more
    than that is made."""
    threads = min(os.cpu_count() or 1, _MOST_THREADS)
    level = 1 if packed else _LEVEL
    return Command(("zstd", f"-T{threads}", f"-{level}", "--check", "--quiet", "--stdout"))


def encrypting(recipients: Sequence[str]) -> Command:
    return Command(("age", "--encrypt", *(part for key in recipients for part in ("--recipient", key))))


def decrypting(identity: Path) -> Command:
    return Command(("age", "--decrypt", "--identity", str(identity)))


def unpacking(file: Path, identity: Path | None) -> list[Command]:
    """What turns the file, as standard input, into what pg_restore reads; none where it reads it as it is.

    Raises Locked.
    """
    if encrypted(file) and identity is None:
        raise Locked(f"{file.name} is encrypted, and BACKUP_IDENTITY is not set.")
    opened = [decrypting(identity)] if encrypted(file) and identity is not None else []
    packed = [] if file.name.endswith(_PLAIN) else [Command(("zstd", "--decompress", "--quiet", "--stdout"))]
    return [*opened, *packed]


def read_back(client: Client, name: str, run_id: int) -> Command:
    """pg_restore into nowhere: reads every block, and so finds truncation, unlike --list."""
    return client.command(name, "pg_restore", "--file=/dev/null", run=run_id)


async def read_whole(
    client: Client,
    file: Path,
    *,
    name: str,
    run_id: int,
    identity: Path | None,
    timeout: float,
    redact: Callable[[str], str],
) -> None:
    """Opens the file, unpacks it with its checksums and lets pg_restore read all of it, in memory that does
    not grow with it. `name` is that of the one-off container. Raises Locked, CommandFailed."""
    await run_chain(
        [*unpacking(file, identity), read_back(client, name, run_id)],
        timeout=timeout,
        stdin_from=file,
        redact=redact,
        check=True,
    )


def wrong_key(error: CommandFailed) -> bool:
    """Whether the file was encrypted for other keys than the one that was tried."""
    return error.finished is not None and _NO_KEY in error.finished.stderr
