"""Values that tests change one thing of at a time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from pipeline.model.plan import Plan, Side
from pipeline.model.release import BackupId, ProjectId, Release, ReleaseId, RunId
from pipeline.model.results import (
    Approved,
    BackedUp,
    Built,
    Checked,
    CheckLine,
    CommitLine,
    HandedOver,
    Migrated,
    Prepared,
    Proved,
    Pulled,
    Rehearsed,
    Reported,
    Reverted,
    Smoked,
    Started,
    Stopped,
    Swapped,
    Tagged,
    Tested,
    Tried,
    Waited,
)
from pipeline.model.run import Run, RunView, StageRow
from pipeline.model.states import RunKind, RunState, Source, StageName, StageState

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SHA = "4f2a9c1e" * 5
OLD_SHA = "0b1c2d3e" * 5
IMAGE = "sha256:" + "a1" * 32
OLD_IMAGE = "sha256:" + "b2" * 32

CHECKS = [
    CheckLine(name="health", ok=True, figure="200 in 3 ms, ok", limit="200, ok", detail=""),
    CheckLine(
        name="stats", ok=False, figure="no answer", limit="200", detail="The stats endpoint is silent."
    ),
]

RESULTS = {
    StageName.PULL: Pulled(
        sha=SHA,
        branch="main",
        subject="Answer <faster> & better",
        source="/state/runs/7/source",
        commits=[CommitLine(sha=SHA, author="Ada", subject="Answer <faster> & better")],
        commit_count=1,
    ),
    StageName.BACKUP: BackedUp(
        backup_id=BackupId(3), path="/state/backups/agent.dump", bytes=1234, sha256="c3" * 32
    ),
    StageName.TEST: Tested(ran=True, tests=12, coverage=83.5, threshold=70.0),
    StageName.BUILD: Built(
        images={"app": IMAGE}, bytes=129_000_000, live_bytes=128_000_000, version="2026.03.01-4f2a9c1"
    ),
    StageName.TAG: Tagged(release_id=ReleaseId(5), compose_hash="d4" * 32),
    StageName.REHEARSE: Rehearsed(
        ran=True, seconds=2.1, before="0007", after="0008", revisions=["app/migrations/0008_mood.sql"]
    ),
    StageName.APPROVE: Approved(by="Master", at=NOW + timedelta(minutes=2)),
    StageName.HAND_OVER: HandedOver(before=26, after=27),
    StageName.STOP: Stopped(services=["app"]),
    StageName.MIGRATE: Migrated(ran=True, before="0007", after="0008"),
    StageName.START: Started(images={"app": IMAGE}),
    StageName.WAIT: Waited(seconds={"app": 4.2}, unwell=["helper"]),
    StageName.SMOKE: Smoked(checks=CHECKS, attempts=2),
    StageName.REPORT: Reported(text_path="/state/report.txt", json_path="/state/report.json"),
    StageName.REVERT: Reverted(release_id=ReleaseId(4), checks=CHECKS),
    StageName.CHECK: Checked(
        backup_id=BackupId(3),
        path="/state/backups/agent.dump",
        database=None,
        bytes=1234,
        sha256="c3" * 32,
        taken_at=NOW - timedelta(hours=2),
        release=OLD_SHA,
        proven=True,
    ),
    StageName.PREPARE: Prepared(database="agent_restore_7", kept_as="agent_before_7", tables=4, rows=20_107),
    StageName.SWAP: Swapped(database="agent", kept_as="agent_before_7"),
    StageName.PROVE: Proved(backup_id=BackupId(3), tables=4, rows=20_107, indexes=6, seconds=21.5),
    StageName.TRIAL: Tried(
        release_id=ReleaseId(3),
        commit=OLD_SHA[:7],
        backup_id=BackupId(3),
        taken_at=NOW - timedelta(hours=2),
        schema="0007",
        start_seconds=12.4,
        seconds=48.0,
        checks=[CheckLine(name="health", ok=True, figure="200 in 7 ms", limit="200", detail="")],
        cut=["Ports that were published: app 8000."],
    ),
}


def release(**changes: Any) -> Release:
    made = Release(
        id=ReleaseId(4),
        project_id=ProjectId(1),
        run_id=RunId(6),
        sha=OLD_SHA,
        branch="main",
        images={"app": OLD_IMAGE},
        compose_file="/state/releases/agent/run-6/compose.yml",
        compose_hash="e5" * 32,
        schema_revision="0007",
        backup_id=None,
        created_at=NOW - timedelta(days=1),
        live_since=NOW - timedelta(hours=23),
    )
    return replace(made, **changes)


def plan(**changes: Any) -> Plan:
    made = Plan(
        run_id=RunId(7),
        kind=RunKind.DEPLOY,
        project="agent",
        live=Side(
            sha=OLD_SHA,
            branch="main",
            images={"app": OLD_IMAGE, "worker": OLD_IMAGE},
            compose_hash="e5" * 32,
            schema_revision="0007",
            since=NOW - timedelta(hours=23),
        ),
        goal=Side(sha=SHA, branch="main", images={"app": IMAGE, "worker": IMAGE}, compose_hash="d4" * 32),
        subject="Answer faster",
        services=["app", "worker"],
        migration=["alembic", "upgrade", "head"],
    )
    return replace(made, **changes)


def run(**changes: Any) -> Run:
    made = Run(
        id=RunId(7),
        project_id=ProjectId(1),
        kind=RunKind.DEPLOY,
        state=RunState.RUNNING,
        source=Source.TELEGRAM,
        requested_by="Master",
        requested_at=NOW,
        target=None,
        branch="main",
        sha=SHA,
        live_release_id=ReleaseId(4),
        release_id=None,
        epoch=1,
        exit_code=None,
        failure=None,
        started_at=NOW,
        finished_at=None,
    )
    return replace(made, **changes)


def stage(name: StageName, position: int, **changes: Any) -> StageRow:
    """A stage that went well in 1.5 s."""
    made = StageRow(
        name=name,
        position=position,
        state=StageState.SUCCEEDED,
        started_at=NOW,
        finished_at=NOW + timedelta(seconds=1.5),
        last_line=None,
        result=RESULTS[name],
    )
    return replace(made, **changes)


def view(stages: list[StageRow], **changes: Any) -> RunView:
    return RunView(run=run(**changes), project="agent", stages=stages)
