"""Whether a backup can be restored here, before anything is made or touched. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from pipeline.database.manifest import Manifest

_SPARE = 256 * 1024 * 1024
"""Bytes beside the data: the log that PostgreSQL writes of a restore."""


@dataclass(frozen=True, kw_only=True)
class Server:
    """What the server has. `free` are the bytes on its disk, None where that cannot be told."""

    version: int
    roles: Collection[str]
    extensions: Collection[str]
    free: int | None

    @property
    def major(self) -> int:
        return self.version // 10_000


def refusals(manifest: Manifest, server: Server, database: str) -> list[str]:
    """Why the backup cannot come back on this server, each in a few words."""
    told = []
    if manifest.database != database:
        told.append(f"it is of database {manifest.database}, not of {database}")
    if manifest.major > server.major:
        told.append(f"it is of PostgreSQL {manifest.major}, the server is {server.major}")
    missing = [role for role in manifest.roles if role not in server.roles]
    if missing:
        told.append(f"the server has no role {', '.join(missing)}")
    lacking = [name for name in manifest.extensions if name not in server.extensions]
    if lacking:
        told.append(f"the server has no extension {', '.join(lacking)}")
    return told


def room(needed: int, free: int | None, where: str, *, spare: int = _SPARE) -> list[str]:
    """Why there is too little disk; nothing where it is enough or cannot be told."""
    if free is None or free >= needed + spare:
        return []
    return [f"{where} has {_mega(free)} free and {_mega(needed + spare)} are needed"]


def needs(database: int, backup: int, *, beside_server: bool, encrypted: bool) -> tuple[int, int]:
    """Bytes that a restore needs on the disk of the database server, and on that of STATE_DIR.

    The unpacked archive, which is hardly larger than the database, lies for a while on the one or on the
    other: with a one-off container `beside_server`, on its disk. The safety backup is as large as the backup,
    and there twice where it is `encrypted`.
    """
    safety = 2 * backup if encrypted else backup
    return (2 * database, safety) if beside_server else (database, safety + database)


def free_of_df(text: str) -> int | None:
    """Bytes that `df -Pk` says are available; None where it says something else."""
    lines = text.strip().splitlines()
    words = lines[-1].split() if len(lines) > 1 else []
    return int(words[3]) * 1024 if len(words) >= 6 and words[3].isdecimal() else None


def _mega(count: int) -> str:
    return f"{count / 1024 / 1024:.0f} MB"
