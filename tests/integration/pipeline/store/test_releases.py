"""Projects, releases, backups, and what the worker saw."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest

from pipeline.model.release import Observation, Project, Release, ReleaseId, ServiceState
from pipeline.model.run import Run
from pipeline.model.states import ExitCode, RunKind, RunState, Source
from pipeline.store.store import Store


async def _add(store: Store, project: Project, **changes: Any) -> Release:
    values = {
        "run": None,
        "sha": "a" * 40,
        "branch": "main",
        "images": {"worker": "sha256:w", "app": "sha256:a"},
        "compose_file": "/state/compose.yml",
        "compose_hash": "c" * 64,
        "schema_revision": None,
        "backup": None,
    }
    return await store.releases.add(project.id, **{**values, **changes})


async def _live(store: Store, project: Project) -> tuple[ReleaseId | None, ReleaseId | None]:
    found = await store.releases.project_by_id(project.id)
    return found.live_release_id, found.previous_release_id


async def test_a_project_is_recorded_once_and_follows_its_settings(store: Store, project: Project) -> None:
    moved = await store.releases.project("agent", "https://example.org/moved.git", "stable")
    assert moved == replace(project, repository="https://example.org/moved.git", branch="stable")
    assert await store.releases.project_by_id(project.id) == moved
    assert await store.releases.project_by_name("agent") == moved
    assert await store.releases.project_by_name("other") is None
    with pytest.raises(LookupError):
        await store.releases.project_by_id(999999)


async def test_a_release_comes_back_as_it_was_recorded(store: Store, project: Project, run: Run) -> None:
    release = await _add(store, project, run=run.id, schema_revision="0007")
    assert await store.releases.get(release.id) == release
    assert (release.sha, release.branch, release.images, release.schema_revision) == (
        "a" * 40,
        "main",
        {"worker": "sha256:w", "app": "sha256:a"},
        "0007",
    )
    assert release.live_since is None
    assert await store.releases.get(ReleaseId(999999)) is None


async def test_a_run_records_one_release_however_often_it_is_cut(
    store: Store, project: Project, run: Run
) -> None:
    first = await _add(store, project, run=run.id)
    again = await _add(store, project, run=run.id, compose_hash="d" * 64)
    assert again == replace(first, compose_hash="d" * 64)
    assert (await _add(store, project)).id != (await _add(store, project)).id


async def test_what_was_live_becomes_previous_and_telling_it_twice_changes_nothing(
    store: Store, project: Project
) -> None:
    one, two = await _add(store, project), await _add(store, project, sha="b" * 40)
    assert await _live(store, project) == (None, None)
    await store.releases.make_live(project.id, one.id, "0001")
    assert await _live(store, project) == (one.id, None)
    await store.releases.make_live(project.id, two.id, None)
    assert await _live(store, project) == (two.id, one.id)
    before = await store.releases.get(two.id)
    await store.releases.make_live(project.id, two.id, "0009")
    assert await _live(store, project) == (two.id, one.id)
    assert await store.releases.get(two.id) == before
    await store.releases.make_live(project.id, one.id, None)
    assert await _live(store, project) == (one.id, two.id)
    back = await store.releases.get(one.id)
    assert back is not None
    assert back.schema_revision == "0001"
    assert [release.id for release in await store.releases.recent(project.id, 9)] == [one.id, two.id]
    assert [release.id for release in await store.releases.recent(project.id, 1)] == [one.id]


async def test_a_release_that_never_served_is_not_among_the_recent(store: Store, project: Project) -> None:
    await _add(store, project)
    assert await store.releases.recent(project.id, 9) == []


async def test_what_the_way_back_needs_cannot_be_deleted(store: Store, project: Project) -> None:
    release = await _add(store, project)
    await store.releases.make_live(project.id, release.id, None)
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await store.pool.execute("DELETE FROM releases")


async def test_a_run_has_one_backup_however_often_it_is_cut(store: Store, project: Project, run: Run) -> None:
    async def add(owner: Run, path: str) -> Any:
        return await store.releases.add_backup(
            project.id, owner.id, database="server_agent", path=path, size=2**40, sha256="e" * 64
        )

    first, again = await add(run, "/state/1.dump"), await add(run, "/state/2.dump")
    assert (again.id, again.path, again.bytes) == (first.id, "/state/2.dump", 2**40)
    await store.runs.finish(run.id, run.epoch, RunState.FAILED, ExitCode.TEST_FAILED, None)
    newer = await store.runs.request(project.id, RunKind.BACKUP, source=Source.CLI, by="tester")
    last = await add(newer, "/state/3.dump")
    assert await store.releases.backups(project.id, 9) == [last, again]
    assert await store.releases.backups(project.id, 1) == [last]


async def test_the_newest_look_at_production_is_kept(store: Store, project: Project) -> None:
    assert await store.releases.observation(project.id) is None
    service = ServiceState(
        service="app",
        container="agent_app",
        image="sha256:a",
        running=True,
        health="healthy",
        restarts=1,
        started_at=datetime(2026, 3, 1, 12, tzinfo=UTC),
    )
    first = Observation(at=datetime(2026, 3, 1, 12, 1, tzinfo=UTC), worker="host", services=[service])
    second = replace(
        first,
        at=datetime(2026, 3, 1, 12, 2, tzinfo=UTC),
        services=[],
        disk_free=0.5,
        problem="Docker is away",
    )
    for seen in (first, second):
        await store.releases.observe(project.id, seen)
        assert await store.releases.observation(project.id) == seen
