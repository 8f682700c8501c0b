"""One digest a moment, and what happened in its time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pipeline.model.happened import Tally
from pipeline.model.release import Project
from pipeline.model.run import Failure, Run
from pipeline.model.states import ExitCode, RunKind, RunState, Source, StageName
from pipeline.store.store import Store
from tests.integration.pipeline.store.test_alerts import DISK, DOWN

DAY = timedelta(days=1)


async def test_one_a_moment_that_goes_on_where_the_one_before_ended(store: Store, project: Project) -> None:
    moment = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
    for _ in range(2):
        await store.digests.make(project.id, moment, moment - 7 * DAY)
    await store.digests.make(project.id, moment + 14 * DAY, moment + 7 * DAY)
    newest = await store.digests.newest(project.id)
    assert newest is not None
    assert (newest.since, newest.moment) == (moment, moment + 14 * DAY)
    assert await store.pool.fetchval("SELECT count(*) FROM digests") == 2
    assert [await store.digests.picture(newest.id) for _ in range(2)] == [True, False]


async def test_what_happened_in_its_time(store: Store, project: Project, run: Run) -> None:
    start = datetime.now(UTC)
    failure = Failure(stage=StageName.TEST, what="w", production="p", advice="a")
    await store.runs.finish(run.id, run.epoch, RunState.FAILED, ExitCode.TEST_FAILED, failure)
    sizes = (1000, 2500)
    for size in sizes:
        asked = await store.runs.request(project.id, RunKind.BACKUP, source=Source.CLI, by="tester")
        taken = await store.runs.claim(asked.id)
        assert taken is not None
        backup = await store.releases.add_backup(
            project.id, (taken.id, taken.epoch), database="d", path="/b", size=size, sha256="0" * 64
        )
        await store.runs.finish(taken.id, taken.epoch, RunState.SUCCEEDED, ExitCode.SUCCESS, None)
        if size == sizes[0]:
            before = start - 2 * DAY
            await store.pool.execute("UPDATE backups SET created_at = $2 WHERE id = $1", backup.id, before)
            await store.pool.execute("UPDATE runs SET finished_at = $2 WHERE id = $1", taken.id, before)
    await store.alerts.settle(project.id, "w", [DOWN, DISK], start - 2 * DAY)
    await store.alerts.settle(project.id, "w", [DOWN], start - DAY - timedelta(hours=1))
    await store.alerts.settle(project.id, "w", [], start - timedelta(hours=4))
    moment = datetime.now(UTC) + timedelta(seconds=1)
    await store.digests.make(project.id, moment, start - DAY)
    digest = await store.digests.newest(project.id)
    assert digest is not None
    happened = await store.digests.happened(digest)
    assert happened.runs == [
        Tally(kind=RunKind.BACKUP, state=RunState.SUCCEEDED, count=1),
        Tally(kind=RunKind.DEPLOY, state=RunState.FAILED, count=1),
    ]
    [bad] = happened.bad
    assert (bad.id, bad.kind, bad.state, bad.stage) == (run.id, RunKind.DEPLOY, RunState.FAILED, "test")
    assert (happened.deployed, happened.backups, happened.bytes_before) == ([], 1, 1000)
    assert (happened.alerts, happened.critical, happened.longest_title) == (1, 1, "app is down")
    assert happened.longest == timedelta(days=1, hours=20)
