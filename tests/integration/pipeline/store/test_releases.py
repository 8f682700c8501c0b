"""Projects, releases, backups, and what the worker saw."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest

from pipeline.model.errors import StaleEpoch
from pipeline.model.release import Kept, Observation, Project, Release, ReleaseId, ServiceState
from pipeline.model.run import Run
from pipeline.model.states import ExitCode, RunKind, RunState, Source, StageName
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
        "fence": None,
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
    await store.releases.make_live(project.id, one.id, "0001", fence=None)
    assert await _live(store, project) == (one.id, None)
    await store.releases.make_live(project.id, two.id, None, fence=None)
    assert await _live(store, project) == (two.id, one.id)
    before = await store.releases.get(two.id)
    await store.releases.make_live(project.id, two.id, "0009", fence=None)
    assert await _live(store, project) == (two.id, one.id)
    assert await store.releases.get(two.id) == before
    await store.releases.make_live(project.id, one.id, None, fence=None)
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
    await store.releases.make_live(project.id, release.id, None, fence=None)
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await store.pool.execute("DELETE FROM releases")


async def test_a_run_has_one_backup_however_often_it_is_cut(store: Store, project: Project, run: Run) -> None:
    async def add(owner: Run, path: str) -> Any:
        return await store.releases.add_backup(
            project.id,
            (owner.id, owner.epoch),
            database="server_agent",
            path=path,
            size=2**40,
            sha256="e" * 64,
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


async def test_an_executor_that_was_taken_over_writes_nothing(
    store: Store, project: Project, run: Run
) -> None:
    release = await _add(store, project, run=run.id, fence=(run.id, run.epoch))
    await store.runs.claim(run.id)
    stale = (run.id, run.epoch)
    with pytest.raises(StaleEpoch):
        await _add(store, project, run=run.id, sha="d" * 40, fence=stale)
    with pytest.raises(StaleEpoch):
        await store.releases.make_live(project.id, release.id, None, fence=stale)
    with pytest.raises(StaleEpoch):
        await store.releases.add_backup(
            project.id, stale, database="server_agent", path="/b", size=1, sha256="e" * 64
        )
    with pytest.raises(StaleEpoch):
        await store.runs.lay(run.id, run.epoch, [StageName.PULL])
    with pytest.raises(StaleEpoch):
        await store.runs.mark(run.id, run.epoch, StageName.MIGRATE, "creating", {})
    assert await store.releases.get(release.id) == release
    assert await _live(store, project) == (None, None)
    assert await store.releases.backups(project.id, 9) == []


async def _released(store: Store, project: Project, *shas: str) -> list[Release]:
    """Each went live after the one before."""
    made = [
        await _add(store, project, sha=sha * 20, compose_file=f"/state/{sha}/compose.yml") for sha in shas
    ]
    for release in made:
        await store.releases.make_live(project.id, release.id, None, fence=None)
    found = [await store.releases.get(release.id) for release in made]
    return [release for release in found if release]


async def test_what_is_kept_is_live_previous_and_the_others_that_served(
    store: Store, project: Project
) -> None:
    assert await store.releases.kept(project.id) == Kept()
    never = await _add(store, project)
    one, two, three, four = await _released(store, project, "a1", "b2", "c3", "d4")
    assert await store.releases.kept(project.id) == Kept(live=four, previous=three, others=[two, one])
    assert await store.releases.unpruned(project.id) == [four, three, two, one, never]
    assert await store.releases.prune(one.id)
    assert (await store.releases.kept(project.id)).others == [two]
    assert await store.releases.unpruned(project.id) == [four, three, two, never]
    pruned = await store.releases.get(one.id)
    assert pruned is not None
    assert pruned.pruned_at is not None
    assert not await store.releases.prune(one.id)


@pytest.mark.parametrize("needs", ["nothing", "live", "goal", "own", "target"])
async def test_a_release_that_somebody_needs_is_not_marked(
    store: Store, project: Project, run: Run, needs: str
) -> None:
    one, two, three = await _released(store, project, "a1", "b2", "c3")
    assert not await store.releases.prune(three.id)
    assert not await store.releases.prune(two.id)
    match needs:
        case "live":
            await store.runs.note(run.id, run.epoch, live=one.id)
        case "goal":
            await store.runs.note(run.id, run.epoch, release=one.id)
        case "own":
            await store.pool.execute("UPDATE releases SET run_id = $1 WHERE id = $2", run.id, one.id)
        case "target":
            await store.runs.finish(run.id, run.epoch, RunState.FAILED, ExitCode.TEST_FAILED, None)
            run = await store.runs.request(
                project.id, RunKind.ROLLBACK, source=Source.CLI, by="tester", target=str(one.id)
            )
    assert await store.releases.prune(one.id) is (needs == "nothing")
    await store.runs.finish(run.id, run.epoch, RunState.FAILED, ExitCode.TEST_FAILED, None)
    assert await store.releases.prune(one.id) is (needs != "nothing")


async def test_files_are_cleared_of_pruned_releases_alone(store: Store, project: Project) -> None:
    one, two, three, four = await _released(store, project, "a1", "b2", "c3", "d4")
    shared = await _add(store, project, compose_file=two.compose_file)
    for release in (one, two):
        assert await store.releases.prune(release.id)
    files = [release.compose_file for release in (one, two, three, four)]
    marked = await store.releases.pruned_with(project.id, [*files, "/state/unknown/compose.yml"])
    assert [release.id for release in marked] == [one.id]
    assert await store.releases.prune(shared.id)
    marked = await store.releases.pruned_with(project.id, files)
    assert [release.id for release in marked] == [one.id, two.id, shared.id]
    assert await store.releases.pruned_with(project.id, []) == []


@pytest.mark.parametrize(
    ("target", "commit", "named"),
    [("b2b2b2b", True, ["b2"]), ("b2b2b2b", False, []), ("b2%", True, []), ("c3", True, ["c3"])],
)
async def test_releases_by_the_first_digits_of_their_commit(
    store: Store, project: Project, target: str, commit: bool, named: list[str]
) -> None:
    one, *_ = await _released(store, project, "a1", "b2", "c3")
    assert await store.releases.prune(one.id)
    found = await store.releases.named(project.id, target, commit=commit)
    assert [(release.sha or "")[:2] for release in found] == named
    by_number = await store.releases.named(project.id, str(one.id), commit=False)
    assert [release.id for release in by_number] == [one.id]
