"""What ended between two looks: by Docker's events, and by its own count where events were lost."""

from __future__ import annotations

import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from pipeline.containers.container import Container
from pipeline.containers.events import Happened

STOPPING = timedelta(minutes=5)
"""So long a container may take to end after somebody has stopped it."""

_TOGETHER = timedelta(seconds=10)
_HARMLESS = {signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGWINCH}
_MOST = 500


@dataclass(frozen=True, kw_only=True)
class Death:
    """`exit_code` is None where only Docker's count tells of it. `by_hand`: somebody had stopped it. `oom`:
    for want of memory."""

    at: datetime
    service: str
    container: str
    exit_code: int | None
    by_hand: bool = False
    oom: bool = False


@dataclass(frozen=True, kw_only=True)
class Count:
    """Of one container: Docker's count as it was first seen, the restarts known since, and how many were
    missing at the last look."""

    base: int
    known: int = 0
    missing: int = 0


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """By the container's id: when it was last stopped, when it last ran short of memory, its count."""

    stopped: Mapping[str, datetime] = field(default_factory=dict)
    short: Mapping[str, datetime] = field(default_factory=dict)
    counts: Mapping[str, Count] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Told:
    """Deaths oldest first, and how often a process was killed for want of memory, by service."""

    deaths: list[Death]
    oom_kills: Mapping[str, int]


def count(
    ledger: Ledger, containers: Sequence[Container], happened: Sequence[Happened], now: datetime
) -> tuple[Ledger, Told]:
    """What the events tell, and restarts that none told of at two looks: an event may come a moment late."""
    stopped, short, counts = dict(ledger.stopped), dict(ledger.short), dict(ledger.counts)
    seen = {container.id: container for container in containers}
    deaths: list[Death] = []
    kills: dict[str, int] = {}
    for event in happened:
        service = event.service or (seen[event.container].service if event.container in seen else None)
        if service is None:
            continue
        if event.action == "kill" and event.signal not in _HARMLESS:
            stopped[event.container] = event.at
        elif event.action == "oom":
            if not _soon(short.get(event.container), event.at):
                kills[service] = kills.get(service, 0) + 1
            short[event.container] = event.at
        elif event.action == "die":
            death = _death(event, service, seen.get(event.container), stopped, short)
            if death.oom and not _soon(short.get(event.container), event.at):
                kills[service] = kills.get(service, 0) + 1
                short[event.container] = event.at
            deaths.append(death)
            known = counts.get(event.container)
            if known is not None and not death.by_hand:
                counts[event.container] = replace(known, known=known.known + 1)
    for container in containers:
        counts[container.id], missed = _reconciled(counts.get(container.id), container.restarts)
        if container.service is not None:
            deaths += [_missed(container, container.service, now)] * missed
    kept = {*list(seen)[:_MOST]}
    after = Ledger(
        stopped=_recent(stopped, now),
        short=_recent(short, now),
        counts={name: one for name, one in counts.items() if name in kept},
    )
    return after, Told(deaths=deaths, oom_kills=kills)


def ending(code: int | None) -> str:
    """`exit code 137 (SIGKILL)`."""
    if code is None:
        return "an exit code that is not known"
    try:
        return f"exit code {code} ({signal.Signals(code - 128).name})"
    except ValueError:
        return f"exit code {code}"


def _death(
    event: Happened,
    service: str,
    container: Container | None,
    stopped: dict[str, datetime],
    short: Mapping[str, datetime],
) -> Death:
    asked = stopped.pop(event.container, None)
    still = container is not None and container.oom_killed and not container.running
    return Death(
        at=event.at,
        service=service,
        container=event.container,
        exit_code=event.exit_code,
        by_hand=asked is not None and event.at - asked <= STOPPING,
        oom=_soon(short.get(event.container), event.at) or still,
    )


def _missed(container: Container, service: str, now: datetime) -> Death:
    return Death(at=now, service=service, container=container.id, exit_code=None)


def _reconciled(count: Count | None, restarts: int) -> tuple[Count, int]:
    """Docker counts restarts by its policy; a start by hand begins the count anew."""
    if count is None or restarts < count.base:
        return Count(base=restarts), 0
    missing = max(restarts - count.base - count.known, 0)
    missed = min(missing, count.missing)
    return replace(count, known=count.known + missed, missing=missing - missed), missed


def _soon(before: datetime | None, at: datetime) -> bool:
    return before is not None and abs(at - before) <= _TOGETHER


def _recent(moments: Mapping[str, datetime], now: datetime) -> dict[str, datetime]:
    newest = sorted(moments.items(), key=lambda each: each[1])[-_MOST:]
    return {name: at for name, at in newest if now - at <= STOPPING}
