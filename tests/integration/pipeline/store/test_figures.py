"""Figures and counts as the journal gives them, on one journal with a short past."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from pipeline.model.alert import Problem, Severity
from pipeline.model.dora import measured
from pipeline.model.figures import BackupPoint, Committed
from pipeline.model.release import Observation, Project, ReleaseId
from pipeline.model.results import CommitLine, Pulled, Result, Tested
from pipeline.model.run import Run
from pipeline.model.snapshot import BOUNDS, Snapshot
from pipeline.model.states import ExitCode, RunKind, RunState, Source, StageName, StageState
from pipeline.store.store import Store

NOW = datetime.now(UTC).replace(microsecond=0)
CHAT = 1001
SHAS = ["a" * 40, "b" * 40]


def ago(**amount: float) -> datetime:
    return NOW - timedelta(**amount)


FULL = Problem(
    fingerprint="disk/state",
    severity=Severity.WARNING,
    title="The disk is nearly full",
    what="9 % are free.",
    production="It goes on.",
    advice="Make room.",
)


async def _ended(
    store: Store,
    project: Project,
    kind: RunKind,
    ended: datetime,
    state: RunState = RunState.SUCCEEDED,
    *,
    live: ReleaseId | None = None,
    stages: dict[StageName, tuple[float, Result | None]] | None = None,
) -> tuple[Run, ReleaseId]:
    """A run that took ten minutes and made a release, with stages that took so many seconds."""
    asked = await store.runs.request(project.id, kind, source=Source.CLI, by="tester")
    run = await store.runs.claim(asked.id)
    assert run is not None
    release = await store.releases.add(
        project.id,
        run=run.id,
        sha=SHAS[0],
        branch="main",
        images={"app": "sha256:1"},
        compose_file="/kept/compose.yml",
        compose_hash="1",
        schema_revision=None,
        backup=None,
        fence=None,
    )
    await store.runs.note(run.id, 1, sha=SHAS[0], branch="main", live=live, release=release.id)
    for position, (stage, (seconds, result)) in enumerate((stages or {}).items()):
        await store.runs.begin(run.id, 1, stage, position)
        await store.runs.end(run.id, 1, stage, StageState.SUCCEEDED, result)
        await store.pool.execute(
            "UPDATE stages SET finished_at = started_at + make_interval(secs => $3)"
            " WHERE run_id = $1 AND name = $2",
            *(run.id, stage, seconds),
        )
    await store.runs.cross(run.id, 1)
    await store.runs.finish(run.id, 1, state, ExitCode.SUCCESS, None)
    await store.pool.execute(
        "UPDATE runs SET requested_at = $2, started_at = $2, switching_at = $3, finished_at = $4"
        " WHERE id = $1",
        *(run.id, ended - timedelta(minutes=10), ended - timedelta(minutes=1), ended),
    )
    return run, release.id


def _pulled(times: list[datetime] | None, **changes: Any) -> Pulled:
    lines = [CommitLine(sha=sha, author="Ada", subject="x") for sha in SHAS]
    return Pulled(
        sha=SHAS[0], branch="main", subject="x", source="/s", commits=lines, committed_at=times, **changes
    )


async def _problem(store: Store, project: Project, severity: Severity, at: datetime, watcher: str) -> None:
    problem = Problem(
        fingerprint=f"{watcher}/app", severity=severity, title="x", what="x", production="x", advice="x"
    )
    await store.alerts.settle(project.id, watcher, [problem], at)


async def test_the_past_is_read_with_commits_only_from_where_they_are_wanted(
    store: Store, project: Project
) -> None:
    times = [ago(days=3), ago(days=4)]
    _, first = await _ended(
        store, project, RunKind.DEPLOY, ago(days=50), stages={StageName.PULL: (1, _pulled(times))}
    )
    tested = Tested(ran=True, tests=12, coverage=81.5, threshold=70)
    stages: dict[StageName, tuple[float, Result | None]] = {
        StageName.PULL: (2, _pulled(times)),
        StageName.TEST: (90, tested),
        StageName.STOP: (3, None),
    }
    deploy, second = await _ended(store, project, RunKind.DEPLOY, ago(days=2), live=first, stages=stages)
    _, third = await _ended(store, project, RunKind.ROLLBACK, ago(days=2, hours=-1), live=second)
    old = {StageName.PULL: (1.0, _pulled(None))}
    await _ended(store, project, RunKind.DEPLOY, ago(hours=3), live=third, stages=dict(old))
    fresh = {StageName.PULL: (1.0, _pulled(times, unrelated=True))}
    await _ended(store, project, RunKind.DEPLOY, ago(hours=2), RunState.REVERTED, stages=dict(fresh))
    await _ended(store, project, RunKind.DEPLOY, ago(hours=1), RunState.FAILED)
    await _ended(store, project, RunKind.BACKUP, ago(hours=1))
    await _problem(store, project, Severity.CRITICAL, ago(hours=5), "containers")
    await _problem(store, project, Severity.WARNING, ago(hours=5), "disk")
    await store.alerts.settle(project.id, "containers", [], ago(hours=4))
    run, _ = await _ended(store, project, RunKind.BACKUP, ago(hours=1))
    await store.releases.add_backup(
        project.id, (run.id, 1), database="d", path="/b", size=2048, sha256="0" * 64
    )
    await store.pool.execute("UPDATE backups SET created_at = $1", ago(hours=1))

    past = await store.figures.past(project.id, ago(days=60), commits_since=ago(days=30))
    assert past.began_at == ago(days=50, minutes=10)
    assert [(each.kind, each.state) for each in past.changes] == [
        (RunKind.DEPLOY, RunState.SUCCEEDED),
        (RunKind.DEPLOY, RunState.SUCCEEDED),
        (RunKind.ROLLBACK, RunState.SUCCEEDED),
        (RunKind.DEPLOY, RunState.SUCCEEDED),
        (RunKind.DEPLOY, RunState.REVERTED),
    ]
    brought = (Committed(sha=SHAS[0], at=times[0]), Committed(sha=SHAS[1], at=times[1]))
    assert [each.commits for each in past.changes] == [None, brought, None, None, None]
    assert past.changes[1].run == deploy.id
    assert past.changes[1].began_at == ago(days=2, minutes=1)
    assert (past.changes[2].live_release_id, past.changes[1].release_id) == (second, second)
    assert [(each.began_at, each.over_at) for each in past.troubles] == [(ago(hours=5), ago(hours=4))]
    assert [len(each.seconds) for each in past.deploys] == [1, 3, 1]
    rich = past.deploys[1]
    assert rich.seconds == {StageName.PULL: 2, StageName.TEST: 90, StageName.STOP: 3}
    assert (rich.tests, rich.coverage, rich.down) == (12, 81.5, None)
    assert past.backups == [BackupPoint(at=ago(hours=1), bytes=2048)]

    dora = measured(past, ago(days=30), NOW)
    assert (dora.reached, dora.live, dora.failed, dora.untimed) == (3, 2, 2, 1)
    assert (dora.commits, dora.lead) == (2, timedelta(days=1, hours=12))
    assert (dora.incidents, dora.restore, dora.longest) == (3, timedelta(hours=1), timedelta(hours=1))

    counted = await store.gauges.snapshot(project.id)
    assert counted.runs == {
        (RunKind.DEPLOY, RunState.SUCCEEDED): 3,
        (RunKind.DEPLOY, RunState.REVERTED): 1,
        (RunKind.DEPLOY, RunState.FAILED): 1,
        (RunKind.ROLLBACK, RunState.SUCCEEDED): 1,
        (RunKind.BACKUP, RunState.SUCCEEDED): 2,
    }
    assert {(each.kind, each.state, each.at, each.took) for each in counted.last} == {
        (RunKind.DEPLOY, RunState.FAILED, ago(hours=1), timedelta(minutes=10)),
        (RunKind.ROLLBACK, RunState.SUCCEEDED, ago(days=2, hours=-1), timedelta(minutes=10)),
        (RunKind.BACKUP, RunState.SUCCEEDED, ago(hours=1), timedelta(minutes=10)),
    }
    assert counted.alerts == {Severity.WARNING: 1}
    stages_of = await store.gauges.stages(project.id)
    assert sum(stages_of[StageName.PULL].counts) == 4
    assert stages_of[StageName.PULL].counts[BOUNDS.index(1.0)] == 3, "a bound belongs to what is not longer"
    assert stages_of[StageName.TEST].counts[BOUNDS.index(120.0)] == 1
    assert stages_of[StageName.TEST].seconds == 90


async def test_an_empty_journal(store: Store, project: Project) -> None:
    past = await store.figures.past(project.id, ago(days=60), commits_since=ago(days=60))
    assert (past.began_at, past.changes, past.deploys, past.backups) == (None, [], [], [])
    assert measured(past, ago(days=30), NOW).covered == timedelta(0)
    counted = await store.gauges.snapshot(project.id)
    assert counted == Snapshot(at=counted.at, project="agent", branch="main")
    assert await store.gauges.stages(project.id) == {}


async def test_what_waits_is_owed_and_is_kept(store: Store, project: Project) -> None:
    await store.chats.settle(project.id, CHAT)
    await store.pool.execute("UPDATE homes SET known_since = $1", ago(days=9))
    await store.inbox.store([(1, '{"update_id": 1}'), (2, '{"update_id": 2}')])
    await store.inbox.close(1)
    run, release = await _ended(store, project, RunKind.DEPLOY, ago(hours=3))
    told, _ = await _ended(store, project, RunKind.BACKUP, ago(hours=2))
    await store.cards.show("result", told.id, CHAT, message=1, shown="x", final=True)
    await store.releases.make_live(project.id, release, None, fence=None)
    await store.pool.execute(
        "INSERT INTO pushes (project_id, branch, sha, commits) VALUES ($1, 'main', $2, '[]')",
        project.id,
        SHAS[1],
    )
    await store.alerts.settle(project.id, "host", [FULL], ago(hours=1))
    [alert] = await store.alerts.open(project.id)
    for number, backed in enumerate((told, run)):
        await store.releases.add_backup(
            project.id,
            (backed.id, 1),
            database="d",
            path=f"/{number}",
            size=100 * (number + 1),
            sha256="0" * 64,
            problem="damaged" if number else None,
        )
    await store.pool.execute("UPDATE backups SET proven_at = $1 WHERE quarantined_at IS NULL", ago(days=1))
    seen = Observation(at=NOW, worker="w", disk_free=0.5)
    await store.releases.observe(project.id, seen)

    counted = await store.gauges.snapshot(project.id)
    waiting = counted.waiting
    assert (waiting.updates, waiting.pushes, waiting.cards, waiting.cards_since) == (1, 1, 2, ago(hours=3))
    assert waiting.updates_since is not None
    assert counted.live is not None
    assert (counted.live.release, counted.live.sha) == (release, SHAS[0])
    assert counted.previous is None
    kept = counted.backups
    assert (kept.count, kept.bytes, kept.quarantined, kept.uncopied) == (2, 300, 1, 2)
    assert (kept.newest_bytes, kept.proven_at) == (100, ago(days=1))
    assert counted.seen == seen

    await store.cards.show("alert", alert.id, CHAT, message=2, shown="x", final=False)
    await store.cards.show("result", run.id, CHAT, message=3, shown="x", final=True)
    assert (await store.gauges.snapshot(project.id)).waiting.cards == 0
