"""Backups that are too old, unproven or damaged, and images that the way back would miss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pipeline.model.alert import Problem, Severity
from pipeline.model.moment import day
from pipeline.model.release import Release
from pipeline.store.watching import BackupsKept
from pipeline.watching.lasting import Memory
from pipeline.wording.words import roughly

_UNTOUCHED = "It serves; what is at stake is the data, should it be lost now."


@dataclass(frozen=True, kw_only=True)
class Ages:
    """Zero turns one off."""

    backup: timedelta
    proof: timedelta


def watch(memory: Memory, kept: BackupsKept, ages: Ages, now: datetime) -> tuple[Memory, list[Problem]]:
    """Where no backup was ever made, as without a database, nothing is missed."""
    old = _longer(kept.good_at or kept.first_at, ages.backup, now)
    memory = memory.after("backup/old", old and kept.first_at is not None, _old(kept, now), now)
    unproven = _longer(kept.proven_at or kept.first_at, ages.proof, now)
    memory = memory.after("backup/unproven", unproven, _unproven(kept, now), now)
    damaged = kept.quarantined is not None
    fingerprint = f"backup/quarantine-{kept.quarantined}"
    for told in [name for name in memory.problems if name.startswith("backup/quarantine-")]:
        if told != fingerprint:
            memory = memory.after(told, False, None, now)
    if damaged:
        memory = memory.after(fingerprint, True, _damaged(kept, fingerprint), now)
    return memory, memory.all


def _longer(since: datetime | None, limit: timedelta, now: datetime) -> bool:
    return since is not None and limit > timedelta() and now - since > limit


def _old(kept: BackupsKept, now: datetime) -> Problem:
    newest = f"The newest usable backup is {roughly(now - kept.good_at)} old" if kept.good_at else ""
    return Problem(
        fingerprint="backup/old",
        severity=Severity.WARNING,
        title="The newest backup is old" if newest else "There is no usable backup",
        what=f"{newest}, of {day(kept.good_at)}." if kept.good_at else "No backup is there that is usable.",
        production=_UNTOUCHED,
        advice="/backup makes one. BACKUP_ALERT_HOURS says how old the newest may be.",
    )


def _unproven(kept: BackupsKept, now: datetime) -> Problem:
    what = "No backup has been brought back by a drill yet."
    if kept.proven_at is not None:
        ago = roughly(now - kept.proven_at)
        what = f"The last drill that brought a backup back whole was {ago} ago, on {day(kept.proven_at)}."
    return Problem(
        fingerprint="backup/unproven",
        severity=Severity.WARNING,
        title="No backup was proven lately",
        what=what,
        production=_UNTOUCHED,
        advice="/drill tries the newest one. DRILL_CRON does so by itself: see /history for why it has not.",
    )


def _damaged(kept: BackupsKept, fingerprint: str) -> Problem:
    return Problem(
        fingerprint=fingerprint,
        severity=Severity.WARNING,
        title="The newest backup is in quarantine",
        what=f"Backup {kept.quarantined} cannot be used: {kept.why or 'see /restore'}".rstrip(".") + ".",
        production=_UNTOUCHED,
        advice="/backup makes a new one, /restore lists those that are there.",
    )


def watch_way_back(
    memory: Memory, previous: Release | None, missing: Sequence[str], now: datetime
) -> tuple[Memory, list[Problem]]:
    """`missing` are the services whose image of the previous release is gone."""
    problem = None
    if previous is not None:
        problem = Problem(
            fingerprint="way-back",
            severity=Severity.WARNING,
            title="The way back is gone",
            what=f"Release {previous.id} ({previous.short_sha}) cannot be gone back to: its image of"
            f" {', '.join(missing)} is not there any more.",
            production="It serves; a rollback to the release before would fail.",
            advice=f"See /releases for others that are kept, or /deploy {previous.short_sha} builds it anew."
            " Leave images with the tag rollback out when you prune.",
        )
    after = memory.after("way-back", bool(missing) and previous is not None, problem, now)
    return after, after.all
