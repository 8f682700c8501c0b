"""How much room the host has left."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Resources:
    """Ratios from 0 to 1; load is the one-minute average divided by the number of cores.
    None: this host does not tell."""

    disk_free_ratio: float | None
    memory_available_ratio: float | None
    load_per_core: float | None


@dataclass(frozen=True)
class Room:
    """`system` is the same for paths on one file system; `free_ratio` is from 0 to 1."""

    system: int
    free_ratio: float
    free_bytes: int


def room(path: Path) -> Room | None:
    """None where the path is not there, or its file system does not tell."""
    try:
        told = os.statvfs(path)
    except OSError:
        return None
    if not told.f_blocks:
        return None
    return Room(
        system=told.f_fsid or path.stat().st_dev,
        free_ratio=told.f_bavail / told.f_blocks,
        free_bytes=told.f_bavail * told.f_frsize,
    )


def measure(disk: Path, proc: Path = Path("/proc")) -> Resources:
    """Read the file system that holds `disk`, and memory and load as Linux tells them in `proc`.
    /proc is the host's also inside a container."""
    return Resources(_disk(disk), _memory(proc / "meminfo"), _load(proc / "loadavg"))


def memory_available(proc: Path = Path("/proc")) -> int | None:
    """Bytes that the machine can still give, None where it does not tell."""
    return _kilobytes(proc / "meminfo", "MemAvailable")


def _kilobytes(meminfo: Path, name: str) -> int | None:
    try:
        rows = [line.split() for line in meminfo.read_text().splitlines()]
    except OSError:
        return None
    return next((int(row[1]) * 1024 for row in rows if row[:1] == [f"{name}:"] and row[1].isdigit()), None)


def _disk(path: Path) -> float | None:
    found = room(path)
    return found.free_ratio if found else None


def _memory(meminfo: Path) -> float | None:
    try:
        rows = [line.split() for line in meminfo.read_text().splitlines()]
        kilobytes = {row[0].rstrip(":"): int(row[1]) for row in rows if len(row) > 1 and row[1].isdigit()}
        return kilobytes["MemAvailable"] / kilobytes["MemTotal"]
    except (OSError, KeyError, ZeroDivisionError):
        return None


def _load(loadavg: Path) -> float | None:
    try:
        return float(loadavg.read_text().split()[0]) / (os.cpu_count() or 1)
    except (OSError, ValueError, IndexError):
        return None
