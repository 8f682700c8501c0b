"""Which backups are kept. Pure; the journal marks what is surplus only where that still holds then."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from pipeline.model.release import Backup, BackupId

_MONTHS = 12  # of a year


@dataclass(frozen=True, kw_only=True)
class Policy:
    """A backup stays as long as any of these wants it; a number of 0 wants nothing.

    `days`: those younger than so many days. `count`: the newest so many of each database. `daily`, `weekly`,
    `monthly`: the newest of each of the last so many days, ISO weeks and months, in UTC, the current one
    included.
    """

    days: int
    count: int = 0
    daily: int = 0
    weekly: int = 0
    monthly: int = 0


def surplus(
    backups: Sequence[Backup], policy: Policy, now: datetime, needed: Collection[BackupId]
) -> list[BackupId]:
    """Those that no rule wants and nobody needs, oldest first. `needed` are those of kept releases.

    Of each database the newest and the newest proven one stay, however old. One in quarantine stands for no
    day and no number, and is not given up either: it is evidence. Where nothing would be left that can be
    restored, nothing is surplus.
    """
    kept = [backup for backup in backups if backup.pruned_at is None]
    good = sorted((each for each in kept if each.quarantined_at is None), key=_newest_first)
    wanted: set[BackupId] = set(needed)
    for database in {backup.database for backup in good}:
        wanted |= _wanted([each for each in good if each.database == database], policy, now)
    given_up = [backup.id for backup in reversed(good) if backup.id not in wanted]
    return given_up if len(given_up) < len(good) else []


def _newest_first(backup: Backup) -> tuple[float, int]:
    return (-backup.created_at.timestamp(), -backup.id)


def _wanted(backups: Sequence[Backup], policy: Policy, now: datetime) -> set[BackupId]:
    """Of one database, newest first."""
    oldest = now - timedelta(days=policy.days)
    proven = [backup for backup in backups if backup.proven_at is not None]
    today = now.astimezone(UTC).date()
    return {
        each.id
        for each in (
            *backups[: max(policy.count, 1)],
            *proven[:1],
            *(backup for backup in backups if backup.created_at >= oldest),
            *_newest_of_each(backups, _day, {_day(today - timedelta(days=n)) for n in range(policy.daily)}),
            *_newest_of_each(
                backups, _week, {_week(today - timedelta(weeks=n)) for n in range(policy.weekly)}
            ),
            *_newest_of_each(backups, _month, {_months_before(today, n) for n in range(policy.monthly)}),
        )
    }


def _newest_of_each(
    backups: Sequence[Backup], span: Callable[[date], Hashable], spans: Collection[Hashable]
) -> list[Backup]:
    newest: dict[Hashable, Backup] = {}
    for backup in backups:
        newest.setdefault(span(backup.created_at.astimezone(UTC).date()), backup)
    return [backup for name, backup in newest.items() if name in spans]


def _day(day: date) -> date:
    return day


def _week(day: date) -> tuple[int, int]:
    return day.isocalendar()[:2]


def _month(day: date) -> tuple[int, int]:
    return day.year, day.month


def _months_before(today: date, count: int) -> tuple[int, int]:
    years, month = divmod(today.year * _MONTHS + today.month - 1 - count, _MONTHS)
    return years, month + 1
