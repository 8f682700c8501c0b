"""Copies off site with the real rclone and restic, into folders of this machine."""

from __future__ import annotations

import os
import shutil
from functools import partial
from pathlib import Path

import pytest

from pipeline.database.dump import manifest_of
from pipeline.engine.copying import Patience, copying
from pipeline.model.release import Backup, Project
from pipeline.model.states import ExitCode, RunState
from pipeline.store.store import Store
from tests.integration.pipeline.store.copies import PASSWORD, SLOW, Ground, count, flip, shim, until

CHAT = 77

pytestmark = pytest.mark.skipif(
    shutil.which("rclone") is None or shutil.which("restic") is None,
    reason="rclone or restic is missing: demo/machine/prepare.sh tests installs both",
)


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No configuration of whoever runs the tests."""
    for key in list(os.environ):
        if key.startswith(("RCLONE_", "RESTIC_")):
            monkeypatch.delenv(key)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("RESTIC_PASSWORD", PASSWORD)


def _copied(backup: Backup) -> bool:
    return backup.copied_at is not None


@pytest.fixture
def ground(store: Store, project: Project, tmp_path: Path) -> Ground:
    return Ground(store, project, tmp_path)


@pytest.mark.parametrize("tool", ["rclone", "restic"])
async def test_what_is_kept_is_copied_and_read_back_the_newest_first(ground: Ground, tool: str) -> None:
    ground.make(tool)
    older, pruned, sick, newer = [await ground.backup() for _ in range(4)]
    await ground.store.pool.execute("UPDATE backups SET pruned_at = now() WHERE id = $1", pruned.id)
    await ground.store.pool.execute("UPDATE backups SET quarantined_at = now() WHERE id = $1", sick.id)
    async with copying(ground.how(tool)):
        first, second = [await ground.until(each, _copied) for each in (newer, older)]
        later = await ground.until(await ground.backup(), _copied)  # made meanwhile
    assert first.copied_at is not None
    assert second.copied_at is not None
    assert first.copied_at < second.copied_at
    for backup in (older, newer, later):
        assert ground.brought_back(tool, backup) == ground.here(backup)
    for left_out in (pruned, sick):
        assert not _copied(await ground.now(left_out))
    assert await ground.troubles() == []


async def test_it_begins_once_no_run_is_active(ground: Ground) -> None:
    backup = await ground.backup(finish=False)
    assert await ground.store.copies.next(ground.project.id) is None
    run = await ground.store.runs.active(ground.project.id)
    assert run is not None
    async with copying(ground.how("rclone")):
        async with ground.store.news.subscribe() as news:
            await ground.store.runs.finish(run.id, run.epoch, RunState.SUCCEEDED, ExitCode.SUCCESS, None)
            await news.wait()
        await ground.until(backup, _copied)


@pytest.mark.parametrize("tool", ["rclone", "restic"])
async def test_a_place_that_is_away_is_told_once_and_tried_again_until_it_heals(
    ground: Ground, tool: str
) -> None:
    await ground.store.chats.settle(ground.project.id, CHAT)
    ground.there.write_text("a file, in which no folder can be made")
    backup = await ground.backup()
    async with copying(ground.how(tool)):
        failed = await ground.until(backup, lambda each: each.copy_problem)
        assert failed.copy_problem is not None
        assert failed.copy_problem.startswith(
            f"The backup could not be copied: {tool} failed with exit code 1."
        )
        assert str(ground.there) in failed.copy_problem
        told = await until(lambda: ground.store.copies.to_tell(ground.project.id, CHAT))
        newer = await ground.backup()
        await ground.until(newer, lambda each: each.copy_problem)
        assert await ground.store.copies.to_tell(ground.project.id, CHAT) == told  # one trouble
        ground.there.unlink()
        ground.make(tool)
        for each in (newer, backup):
            healed = await ground.until(each, _copied)
            assert healed.copy_problem is None
    [trouble] = await ground.troubles()
    assert trouble["over_at"] is not None
    assert ground.brought_back(tool, backup) == ground.here(backup)


async def test_a_new_trouble_after_one_that_is_over_is_told_anew(ground: Ground) -> None:
    await ground.store.chats.settle(ground.project.id, CHAT)
    for number in (1, 2):
        ground.there.write_text("in the way")
        backup = await ground.backup()
        async with copying(ground.how("rclone")):
            await until(partial(_told, ground, number))
            ground.there.unlink()
            await ground.until(backup, _copied)
        shutil.rmtree(ground.there)


async def test_a_place_that_stays_away_is_let_be_until_the_next_backup(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = shim(ground.folder, monkeypatch, "rclone", after="exit 9")
    backup = await ground.backup()
    async with copying(ground.how("rclone", SLOW)):
        await ground.until(backup, lambda each: each.copy_problem)
        await until(ground.troubles)
        assert count(calls, "copy") == 2
        newer = await ground.backup()
        await ground.until(newer, lambda each: each.copy_problem)
        await until(lambda: _called(calls, 4))
    assert not _copied(await ground.now(backup))


async def test_a_damaged_copy_that_looks_like_the_backup_is_found_and_written_anew(ground: Ground) -> None:
    backup = await ground.backup()
    there = ground.there / "agent" / Path(backup.path).name
    there.parent.mkdir(parents=True)
    shutil.copy2(backup.path, there)  # of the same size and time, by which rclone takes it for the same
    flip(there)
    async with copying(ground.how("rclone", Patience(pauses=(600,), again=600))):
        failed = await ground.until(backup, lambda each: each.copy_problem)
    assert failed.copy_problem is not None
    assert failed.copy_problem.startswith("The backup does not match where it was copied to: ")
    assert failed.copied_at is None
    async with copying(ground.how("rclone")):
        await ground.until(backup, _copied)
    assert ground.brought_back("rclone", backup) == ground.here(backup)


@pytest.mark.parametrize("tool", ["rclone", "restic"])
async def test_a_place_that_damages_what_it_gets_never_counts_as_a_copy(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, tool: str
) -> None:
    ground.make(tool)
    backup = await ground.backup()
    if tool == "rclone":
        name = Path(backup.path).name.replace("$", "\\$")
        damaged = (
            f'case "$*" in *" copy "*) printf XXXX |'
            f' dd conv=notrunc status=none of="{ground.there}/agent/{name}" ;; esac'
        )
    else:
        damaged = (
            f'case "$*" in backup*) for f in "{ground.there}"/data/*/*; do chmod u+w "$f";'
            ' printf XXXX | dd conv=notrunc status=none bs=1 seek=1000 of="$f"; done ;; esac'
        )
    shim(ground.folder, monkeypatch, tool, after=damaged)
    async with copying(ground.how(tool, SLOW)):
        await until(ground.troubles)
    [trouble] = await ground.troubles()
    assert not trouble["of_file"]
    found = await ground.now(backup)
    assert found.copied_at is None
    assert found.copy_problem == trouble["problem"]
    assert found.copy_problem.startswith(
        "The backup does not match where it was copied to: rclone failed with exit code 1."
        if tool == "rclone"
        else "The backup could not be read back from where it was copied to: "
    )


async def test_a_backup_that_is_damaged_here_is_told_and_holds_up_no_other(ground: Ground) -> None:
    older, damaged, gone = [await ground.backup() for _ in range(3)]
    flip(Path(damaged.path))
    manifest_of(Path(gone.path)).unlink()
    async with copying(ground.how("rclone")):
        await ground.until(older, _copied)
        told = [await ground.now(each) for each in (damaged, gone)]
    assert [each.copy_problem for each in told] == [
        f"Backup {damaged.id} is damaged on the server: {Path(damaged.path).name}"
        " is not what was written: its SHA-256 is another.",
        f"Backup {gone.id} is damaged on the server: {manifest_of(Path(gone.path)).name}"
        " cannot be read: No such file or directory.",
    ]
    assert not any(_copied(each) for each in told)
    troubles = await ground.troubles()
    assert [(each["backup_id"], each["of_file"]) for each in troubles] == [
        (gone.id, True),
        (damaged.id, True),
    ]


async def test_a_folder_that_is_away_says_nothing_of_the_backup_which_is_copied_once_it_is_back(
    ground: Ground,
) -> None:
    backup = await ground.backup()
    aside = ground.backups.rename(ground.folder / "unmounted")
    async with copying(ground.how("rclone")):
        [trouble] = await until(ground.troubles)
        assert not trouble["of_file"]
        assert trouble["problem"] == (
            f"Backup {backup.id} cannot be read on the server: the folder {ground.backups} is not there."
        )
        aside.rename(ground.backups)
        await ground.until(backup, _copied)
    [trouble] = await ground.troubles()
    assert trouble["over_at"] is not None


async def test_the_end_ends_the_copy_under_way_with_all_its_processes(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = shim(ground.folder, monkeypatch, "rclone", before="sleep 1000 & echo pid $! >>$CALLS; wait")
    await ground.backup()
    async with copying(ground.how("rclone")):
        pid = await until(lambda: _pid(calls))
        assert Path(f"/proc/{pid}").exists()
    assert not _lives(pid)


async def test_two_never_copy_at_once(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = shim(ground.folder, monkeypatch, "rclone", before="sleep 0.2")
    backups = [await ground.backup() for _ in range(3)]
    how = ground.how("rclone")
    async with copying(how), copying(how):
        for backup in backups:
            await ground.until(backup, _copied)
    assert count(calls, "copy") == len(backups)


async def test_nothing_is_copied_without_a_place(ground: Ground) -> None:
    backup = await ground.backup()
    async with copying(None):
        pass
    assert await ground.store.copies.next(ground.project.id) == await ground.now(backup)


async def _told(ground: Ground, count: int) -> bool:
    return len(await ground.store.copies.to_tell(ground.project.id, CHAT)) == count


async def _called(calls: Path, times: int) -> bool:
    return count(calls, "copy") == times


async def _pid(calls: Path) -> int | None:
    told = calls.read_text().partition("pid ")[2].split()
    return int(told[0]) if told else None


def _lives(pid: int) -> bool:
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
