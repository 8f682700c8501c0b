"""What was gathered, as values: all there is, and a journal that is away."""

from __future__ import annotations

from datetime import timedelta

from bot.gathering import Counted, Told
from bot.health import Check, Health, Part
from pipeline.model.alert import Severity
from pipeline.model.compared import figures
from pipeline.model.release import Observation, ReleaseId, ServiceState, TokenBudget
from pipeline.model.snapshot import BOUNDS, Kept, LastRun, Serving, Snapshot, StageTimes, Waiting
from pipeline.model.states import RunKind, RunState, StageName
from tests.unit.pipeline.past import NOW, ago, change, commit, long_past

CHAT = 1001
LIVE = Serving(release=ReleaseId(7), sha="ab" * 20, branch='ma"in\n\\', since=ago(days=2))
SERVICE = ServiceState(
    service="app", container="c", image="i", running=True, health="healthy", restarts=0, started_at=None
)
SNAPSHOT = Snapshot(
    at=NOW,
    project="sample",
    branch="main",
    live=LIVE,
    runs={
        (RunKind.DEPLOY, RunState.SUCCEEDED): 12,
        (RunKind.DEPLOY, RunState.REVERTED): 1,
        (RunKind.BACKUP, RunState.RUNNING): 1,
    },
    last=[LastRun(kind=RunKind.DEPLOY, state=RunState.REVERTED, at=ago(hours=1), took=timedelta(minutes=4))],
    waiting=Waiting(
        updates=2, updates_since=ago(seconds=30), approvals=1, cards=3, cards_since=ago(minutes=2)
    ),
    alerts={Severity.CRITICAL: 1},
    backups=Kept(count=9, bytes=9000, newest_at=ago(hours=6), newest_bytes=1000, proven_at=ago(days=3)),
    seen=Observation(
        at=ago(seconds=8),
        worker="w",
        services=[SERVICE],
        disk_free=0.4,
        memory_available=0.3,
        tokens=TokenBudget(used=5, limit=10),
    ),
    paused_since=ago(hours=2),
)
STAGES = {StageName.TEST: StageTimes(counts=(0, 0, 1, 0, 2, *[0] * (len(BOUNDS) - 4)), seconds=140.0)}


def told(*more: Counted) -> Told:
    past = long_past(365)
    timed = change(999, ago(days=1), commits=(commit("a", ago(days=2)),))
    past.changes.append(timed)
    health = Health(scheduler=Part(Check(status="ok"), NOW))
    return Told(
        at=NOW,
        uptime=90.0,
        took=0.02,
        health=health,
        counted=[Counted(snapshot=SNAPSHOT, figures=figures(past, NOW), stages=STAGES), *more],
    )


def away() -> Told:
    return Told(at=NOW, uptime=90.0, took=5.0, health=Health(), problem="the journal is away")
