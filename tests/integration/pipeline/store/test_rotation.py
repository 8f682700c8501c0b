"""Backups that no rule of retention wants go with their files; what is needed stays."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pipeline.database.dump import manifest_of
from pipeline.engine.rotation import rotate
from pipeline.model.errors import StaleEpoch
from pipeline.model.release import Backup, BackupId, Project, ReleaseId
from pipeline.model.rotation import Policy, surplus
from pipeline.model.states import ExitCode, RunKind, RunState, Source
from pipeline.store.store import Store


async def _finish(store: Store, run: Any) -> None:
    await store.runs.finish(run.id, run.epoch, RunState.SUCCEEDED, ExitCode.SUCCESS, None)


async def _backup(
    store: Store, project: Project, folder: Path, *, days: int, database: str = "server_agent"
) -> Backup:
    """Made as many days ago."""
    asked = await store.runs.request(project.id, RunKind.BACKUP, source=Source.CLI, by="tester")
    run = await store.runs.claim(asked.id)
    assert run is not None
    path = folder / f"{database}-run{run.id}.dump"
    path.write_bytes(b"PGDMP")
    manifest_of(path).write_text("{}")
    backup = await store.releases.add_backup(
        project.id,
        (run.id, run.epoch),
        database=database,
        path=str(path),
        size=5,
        sha256="0" * 64,
        manifest_sha256="1" * 64,
    )
    await _finish(store, run)
    await store.pool.execute(
        "UPDATE backups SET created_at = now() - make_interval(days => $2) WHERE id = $1", backup.id, days
    )
    return backup


async def _release(store: Store, project: Project, backup: BackupId) -> ReleaseId:
    release = await store.releases.add(
        project.id,
        run=None,
        sha="a" * 40,
        branch="main",
        images={"app": "sha256:a"},
        compose_file="/state/compose.yml",
        compose_hash="c" * 64,
        schema_revision=None,
        backup=backup,
        fence=None,
    )
    return release.id


async def _rotate(store: Store, project: Project, folder: Path, **policy: int) -> None:
    await rotate(store.releases, project.id, folder, Policy(**policy), datetime.now(UTC))


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def _files(*backups: Backup) -> set[str]:
    return {path.name for each in backups for path in (Path(each.path), manifest_of(Path(each.path)))}


async def test_what_is_older_goes_with_its_files_and_what_is_needed_stays(
    store: Store, project: Project, tmp_path: Path
) -> None:
    other = await _backup(store, project, tmp_path, days=90, database="renamed_since")
    served = await _backup(store, project, tmp_path, days=80)
    given_up = await _backup(store, project, tmp_path, days=70)
    old = await _backup(store, project, tmp_path, days=31)
    young = await _backup(store, project, tmp_path, days=29)
    await _release(store, project, served.id)
    pruned = await _release(store, project, given_up.id)
    assert await store.releases.prune(pruned)
    (tmp_path / "by-hand.dump").write_text("somebody's own")

    await _rotate(store, project, tmp_path, days=30)
    assert _names(tmp_path) == {"by-hand.dump", *_files(other, served, young)}
    assert [each.id for each in await store.releases.backups(project.id, 9)] == [
        young.id,
        served.id,
        other.id,
    ]
    gone = await store.releases.backup(old.id)
    assert gone is not None
    assert gone.pruned_at is not None

    await _rotate(store, project, tmp_path, days=1)
    assert _names(tmp_path) == {"by-hand.dump", *_files(other, served, young)}  # the newest, however old


async def test_nothing_goes_while_a_run_is_active_or_no_newer_one_was_made(
    store: Store, project: Project, tmp_path: Path
) -> None:
    one = await _backup(store, project, tmp_path, days=400)
    await _rotate(store, project, tmp_path, days=1)
    assert _names(tmp_path) == _files(one)
    two = await _backup(store, project, tmp_path, days=399)
    asked = await store.runs.request(
        project.id, RunKind.RESTORE, source=Source.CLI, by="tester", target=str(one.id)
    )
    await _rotate(store, project, tmp_path, days=1)
    assert _names(tmp_path) == _files(one, two)
    run = await store.runs.claim(asked.id)
    assert run is not None
    await _finish(store, run)
    await _rotate(store, project, tmp_path, days=1)
    assert _names(tmp_path) == _files(two)


async def test_what_was_cut_between_journal_and_disk_is_done_the_next_time(
    store: Store, project: Project, tmp_path: Path
) -> None:
    old, new = [await _backup(store, project, tmp_path, days=days) for days in (40, 2)]
    assert await store.releases.prune_backups(project.id, [old.id]) == [
        old.id
    ]  # and the worker was killed then
    manifest_of(Path(old.path)).unlink()  # or half of it was removed
    await _rotate(store, project, tmp_path, days=30)
    assert _names(tmp_path) == _files(new)
    await _rotate(store, project, tmp_path / "missing", days=30)
    again = await _backup(store, project, tmp_path, days=1)
    Path(new.path).unlink()
    Path(new.path).mkdir()  # what cannot be removed fails nothing
    await store.pool.execute("UPDATE backups SET created_at = now() - interval '50 d' WHERE id = $1", new.id)
    await _rotate(store, project, tmp_path, days=30)
    assert [each.id for each in await store.releases.backups(project.id, 9)] == [again.id]
    Path(new.path).rmdir()


async def test_one_in_quarantine_stays_and_is_never_the_newest_good_one(
    store: Store, project: Project, tmp_path: Path
) -> None:
    good, spoilt = [await _backup(store, project, tmp_path, days=days) for days in (60, 50)]
    asked = await store.runs.request(project.id, RunKind.DRILL, source=Source.SCHEDULE, by="the schedule")
    run = await store.runs.claim(asked.id)
    assert run is not None
    fence = (run.id, run.epoch)
    await store.releases.prove_backup(good.id, fence)
    await store.releases.prove_backup(spoilt.id, fence)
    await store.releases.quarantine_backup(spoilt.id, "it is cut", fence)
    for late in (
        store.releases.prove_backup(spoilt.id, (run.id, run.epoch - 1)),
        store.releases.quarantine_backup(good.id, "a stale executor", (run.id, run.epoch - 1)),
    ):
        with pytest.raises(StaleEpoch):
            await late
    await _finish(store, run)

    await _rotate(store, project, tmp_path, days=30)
    assert _names(tmp_path) == _files(good, spoilt), "the good one is the newest good one, however old"
    newest = await store.releases.newest_usable_backup(project.id)
    proven = await store.releases.last_proven_backup(project.id)
    assert newest is not None
    assert newest == proven
    assert newest.id == good.id
    first = await store.releases.backup(spoilt.id)
    assert first is not None
    assert first.problem == "it is cut"

    again = await _backup(store, project, tmp_path, days=0)
    await _rotate(store, project, tmp_path, days=30)
    assert _files(spoilt, again) <= _names(tmp_path)


async def test_the_last_proven_one_and_those_in_quarantine_stay_and_stand_for_nothing(
    store: Store, project: Project, tmp_path: Path
) -> None:
    proven, older, sick, newest = [
        await _backup(store, project, tmp_path, days=days) for days in (90, 80, 70, 60)
    ]
    sicker = await _backup(store, project, tmp_path, days=50)
    await store.pool.execute("UPDATE backups SET proven_at = now() WHERE id = $1", proven.id)
    await store.pool.execute(
        "UPDATE backups SET quarantined_at = now() WHERE id = ANY ($1)", [sick.id, sicker.id]
    )
    await _rotate(store, project, tmp_path, days=1)
    assert _names(tmp_path) == _files(proven, sick, newest, sicker)

    await store.pool.execute("UPDATE backups SET proven_at = now() WHERE id = $1", newest.id)
    await _rotate(store, project, tmp_path, days=1)
    assert _names(tmp_path) == _files(sick, newest, sicker)
    assert older.id not in [each.id for each in await store.releases.all_backups(project.id)]


async def test_the_journal_marks_only_what_may_still_go(
    store: Store, project: Project, tmp_path: Path
) -> None:
    """What is surplus was chosen a moment ago; since then some of it has come to be needed."""
    backups = [await _backup(store, project, tmp_path, days=days) for days in (9, 8, 7, 6, 5)]
    given_up = [each.id for each in backups]
    assert await store.releases.prune_backups(project.id, given_up) == []  # nothing would be left

    served, proven, sick, free, _ = backups
    await _release(store, project, served.id)
    await store.pool.execute("UPDATE backups SET proven_at = now() WHERE id = $1", proven.id)
    await store.pool.execute("UPDATE backups SET quarantined_at = now() WHERE id = $1", sick.id)
    assert await store.releases.prune_backups(project.id, given_up[:-1]) == [free.id]


async def test_count_and_generations_keep_what_is_older(
    store: Store, project: Project, tmp_path: Path
) -> None:
    backups = [await _backup(store, project, tmp_path, days=days) for days in (400, 300, 40, 3, 2, 1)]
    everything = await store.releases.all_backups(project.id)
    policy = Policy(days=1, count=2, monthly=12)
    gone = surplus(everything, policy, datetime.now(UTC), set())
    assert backups[0].id in gone
    assert not {each.id for each in backups[1:3]} & set(gone)  # each the newest of its month
    await _rotate(store, project, tmp_path, days=1, count=2, monthly=12)
    assert _names(tmp_path) == _files(*(each for each in backups if each.id not in gone))
