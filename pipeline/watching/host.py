"""Room on the disks, and memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pipeline.model.alert import Problem, Severity
from pipeline.watching.lasting import Memory
from pipeline.wording.words import share, size

CLOSES_ABOVE = 1.2
"""Over once there is a fifth more than the limit: 12 % where it opens under 10 %."""

CRITICAL_BELOW = 0.5
"""Critical under half of the limit."""

MEMORY_FOR = timedelta(minutes=3)
MEMORY_BACK_FOR = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class Disk:
    """`name` is part of the fingerprint, `holds` goes on "The disk of "; `free` is a share from 0 to 1."""

    name: str
    holds: str
    free: float
    free_bytes: int


@dataclass(frozen=True, kw_only=True)
class Host:
    """`memory` is the share that is available, None where the host does not tell."""

    disks: Sequence[Disk]
    memory: float | None


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Shares from 0 to 1; 0 turns one off."""

    disk_free: float
    memory_available: float


def watch(memory: Memory, host: Host, limits: Limits, now: datetime) -> tuple[Memory, list[Problem]]:
    there = {f"disk/{disk.name}" for disk in host.disks}
    for fingerprint in [name for name in memory.problems if name.startswith("disk/") and name not in there]:
        memory = memory.after(fingerprint, False, None, now)
    for disk in host.disks:
        fingerprint = f"disk/{disk.name}"
        known = memory.problems.get(fingerprint)
        low = _low(disk.free, limits.disk_free, told=known is not None)
        critical = _low(
            disk.free,
            limits.disk_free * CRITICAL_BELOW,
            told=known is not None and known.severity is Severity.CRITICAL,
        )
        memory = memory.after(fingerprint, low, _full(disk, critical=critical), now)
    fingerprint = "memory"
    scarce = None
    if host.memory is not None or not limits.memory_available:
        told = memory.told(fingerprint)
        scarce = _low(host.memory or 0.0, limits.memory_available, told=told)
    memory = memory.after(
        fingerprint, scarce, _scarce(host.memory or 0.0), now, opens=MEMORY_FOR, closes=MEMORY_BACK_FOR
    )
    return memory, memory.all


def _low(found: float, limit: float, *, told: bool) -> bool:
    return found < limit * CLOSES_ABOVE if told else found < limit


def _full(disk: Disk, *, critical: bool) -> Problem:
    return Problem(
        fingerprint=f"disk/{disk.name}",
        severity=Severity.CRITICAL if critical else Severity.WARNING,
        title=f"The disk of {disk.holds} is {'all but ' if critical else 'nearly '}full",
        what=f"{share(disk.free)} of it, {size(disk.free_bytes)}, is free.",
        production="It serves still. On a full disk backups and deploys fail, and databases stop."
        if critical
        else "It is not touched yet; backups and deploys need room.",
        advice="Make room on the server: docker system df tells what images and volumes take."
        " Fewer BACKUP_DAYS and KEEP_RELEASES keep less.",
    )


def _scarce(available: float) -> Problem:
    return Problem(
        fingerprint="memory",
        severity=Severity.WARNING,
        title="The server is short of memory",
        what=f"{share(available)} of its memory has been available for {MEMORY_FOR.seconds // 60} minutes.",
        production="It serves still; the kernel may soon kill a process.",
        advice="See docker stats on the server for what takes so much, and limit or restart that.",
    )
