"""A project's past as values, around a moment that stands still."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from pipeline.model.figures import BackupPoint, Change, Committed, DeployPoint, Past
from pipeline.model.release import ReleaseId, RunId
from pipeline.model.states import RunKind, RunState, Source, StageName

NOW = datetime(2026, 3, 9, 10, 0, tzinfo=UTC)
PERIOD_AGO = NOW - timedelta(days=30)


def ago(**amount: float) -> datetime:
    return NOW - timedelta(**amount)


def change(number: int, ended: datetime, **changes: Any) -> Change:
    """A deploy of release `number` over the one before, that took two minutes from its switch on."""
    values: dict[str, Any] = {
        "run": RunId(number),
        "kind": RunKind.DEPLOY,
        "state": RunState.SUCCEEDED,
        "source": Source.PUSH,
        "began_at": ended - timedelta(minutes=2),
        "ended_at": ended,
        "live_release_id": ReleaseId(number - 1),
        "release_id": ReleaseId(number),
    }
    return Change(**(values | changes))


def commit(sha: str, at: datetime) -> Committed:
    return Committed(sha=sha * 40, at=at)


def long_past(days: int) -> Past:
    """A deploy every second day, each seventh reverted, and a backup each day; all grows."""
    deploys = list(range(days, 0, -2))
    bad = RunState.REVERTED
    return Past(
        began_at=ago(days=days + 1),
        changes=[
            change(at, ago(days=day), state=bad if at % 7 == 0 else RunState.SUCCEEDED)
            for at, day in enumerate(deploys, start=1)
        ],
        deploys=[
            DeployPoint(
                at=ago(days=day),
                seconds={
                    StageName.TEST: 100.0 + at,
                    StageName.BUILD: 90.0,
                    StageName.BACKUP: 20.0,
                    StageName.APPROVE: 9999.0,
                    StageName.WAIT: 10.0,
                },
                down=9.0,
                tests=100 + at,
                coverage=70 + at / 20,
            )
            for at, day in enumerate(deploys, start=1)
            if at % 7
        ],
        backups=[
            BackupPoint(at=ago(days=day), bytes=100_000_000 + 500_000 * (days - day))
            for day in range(days, 0, -1)
        ],
    )
