"""Logs of runs in the journal: fenced, replaced, and gone with the run's events."""

import asyncio
import os
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.cancelling import end
from pipeline.engine.folding import fold
from pipeline.engine.retention import Keep, keep_clearing
from pipeline.model.errors import StaleEpoch
from pipeline.model.release import Project, RunId
from pipeline.model.states import ExitCode, RunKind, RunState, Source
from pipeline.stages.layout import Layout
from pipeline.store.store import Store


async def test_a_log_is_kept_by_who_carries_the_run_and_sent_from_there(
    store: Store, project: Project
) -> None:
    run = await store.runs.request(project.id, RunKind.BACKUP, source=Source.CLI, by="tester")
    assert await store.logs.known(run.id) is None
    assert await store.logs.get(run.id) is None
    first, second = await store.runs.claim(run.id), await store.runs.claim(run.id)
    assert first is not None
    assert second is not None
    await store.logs.keep(run.id, second.epoch, b"packed")
    with pytest.raises(StaleEpoch):
        await store.logs.keep(run.id, first.epoch, b"stale")
    assert await store.logs.get(run.id) == b"packed"
    known = await store.logs.known(run.id)
    assert known is not None
    assert known.sent is None
    await store.logs.sent(run.id)
    known = await store.logs.known(run.id)
    assert known is not None
    assert known.sent is not None
    assert timedelta(0) <= known.sent < timedelta(minutes=1)
    await store.logs.keep(run.id, second.epoch, b"anew")
    known = await store.logs.known(run.id)
    assert known is not None
    assert known.sent is None


async def test_folding_takes_old_logs_along(store: Store, project: Project) -> None:
    runs = []
    for days in (11, 9):
        asked = await store.runs.request(project.id, RunKind.BACKUP, source=Source.CLI, by="tester")
        run = await store.runs.claim(asked.id)
        assert run is not None
        await store.logs.keep(run.id, run.epoch, b"packed")
        await store.runs.finish(run.id, run.epoch, RunState.FAILED, ExitCode.BACKUP_FAILED, None)
        await store.pool.execute(
            "UPDATE runs SET finished_at = finished_at - make_interval(days => $2) WHERE id = $1",
            run.id,
            days,
        )
        runs.append(run.id)
    await fold(store, 10)
    assert [await store.logs.get(run) for run in runs] == [None, b"packed"]


async def test_the_disk_is_cleared_but_for_runs_that_go_on(
    store: Store, project: Project, tmp_path: Path
) -> None:
    active = await store.runs.request(project.id, RunKind.BACKUP, source=Source.CLI, by="tester")
    assert await store.runs.all_active() == [active.id]
    layout = Layout(tmp_path, project.name)
    logs = [layout.reports(run) / "run.log" for run in (active.id, RunId(active.id + 1))]
    for log in logs:
        log.parent.mkdir(parents=True)
        log.write_text("old")
        os.utime(log, (0, 0))
    clearing = asyncio.create_task(keep_clearing(store, layout, Keep(log_days=30, reports=7)))
    try:
        async with asyncio.timeout(60):
            while logs[1].exists():  # noqa: ASYNC110 - a disk tells no events
                await asyncio.sleep(0.05)
    finally:
        await end([clearing])
    assert logs[0].exists()
