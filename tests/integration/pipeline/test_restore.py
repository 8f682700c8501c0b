"""Restores on the real road: what comes back, what is kept, what is refused, and workers that go away."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from pipeline.chaos import SWITCH, Point
from pipeline.containers.compose import Compose, find_program
from pipeline.database.dump import manifest_of
from pipeline.database.names import kept_name, prepared_name
from pipeline.database.restore import databases
from pipeline.model.plan import Approval, TableChange
from pipeline.model.release import Backup, RunId
from pipeline.model.results import Prepared, Swapped
from pipeline.model.run import UNDO, RunView
from pipeline.model.states import ApprovalState, ExitCode, RunKind, RunState, StageName
from pipeline.process import run
from pipeline.store.connect import connect
from tests.chaos.points import Points
from tests.integration.pipeline.dumps import value
from tests.integration.pipeline.stack import PATIENCE, SAMPLE, Stack, installed

SHA = "5" * 40

FILL = """
CREATE TABLE thought (id serial PRIMARY KEY, words text NOT NULL);
INSERT INTO thought (words) SELECT 'thought ' || n FROM generate_series(1, 100) n;
"""
COUNT = "SELECT count(*) FROM thought"
ADD = "INSERT INTO thought (words) VALUES ('later')"


async def _sql(stack: Stack, query: str, database: str | None = None) -> object:
    address = replace(stack.settings.application, database=database or stack.settings.db_name)
    return await value(address, query)


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def points(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Points]:
    async with Points(tmp_path_factory.mktemp("points") / "points.sock", list) as points:
        yield points


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def installation(
    points: Points, tmp_path_factory: pytest.TempPathFactory, postgres: Any, images: Any
) -> AsyncIterator[Stack]:
    """Put up once for all, as by hand: a deploy would take longer than what is tested."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(SWITCH, str(points.path))
        root = tmp_path_factory.mktemp("restore")
        async with installed(root, patch, postgres, images, startup_wait=1, deployment_timeout=90) as stack:
            await _fill(stack)
            await _put_up(stack, images.python)
            stack.start_worker()
            yield stack


@pytest_asyncio.fixture(loop_scope="module")
async def stack(installation: Stack) -> Stack:
    """With a hundred thoughts."""
    await _sql(installation, "DELETE FROM public.thought WHERE words NOT LIKE 'thought %'")
    return installation


async def _put_up(stack: Stack, python: str) -> None:
    name = stack.settings.compose_project_name
    await asyncio.to_thread(
        stack.client.images.build,
        path=str(SAMPLE),
        tag=f"{name}:live",
        buildargs={"PYTHON_IMAGE": python},
        labels={"deployment.project": name, "org.opencontainers.image.revision": SHA},
    )
    compose_file = stack.directory / "compose.yml"
    compose_file.write_text(f"{compose_file.read_text()}    healthcheck: {{disable: true}}\n")  # smoke asks
    compose = Compose(program=await find_program(), project=name, directory=stack.directory)
    await run(compose.up([compose_file], ["app"]), timeout=PATIENCE, check=True)


async def _fill(stack: Stack) -> None:
    connection = await connect(stack.settings.application)
    try:
        await connection.execute(FILL)
    finally:
        await connection.close()


async def _backup(stack: Stack) -> Backup:
    view = await stack.end((await stack.request(RunKind.BACKUP)).id)
    assert view.run.state is RunState.SUCCEEDED, view.run.failure
    return (await stack.store.releases.backups(stack.project.id, 1))[0]


async def _restore(stack: Stack, target: str) -> tuple[Approval, RunView]:
    asked = await stack.request(RunKind.RESTORE, target)
    return await _approved(stack, asked.id), await stack.end(asked.id)


async def _approved(stack: Stack, number: RunId) -> Approval:
    approval = await stack.plan(number)
    assert await stack.store.approvals.answer(approval.nonce, ApprovalState.APPROVED, "tester")
    return approval


async def _names(stack: Stack) -> set[str]:
    return {
        name for name in await databases(stack.settings.journal) if name.startswith(stack.settings.db_name)
    }


async def test_a_restore_brings_the_data_back_keeps_what_was_and_is_undone(stack: Stack) -> None:
    name = stack.settings.db_name
    await _sql(stack, f"ALTER DATABASE {name} SET search_path TO ''")
    await _sql(stack, f"REVOKE CONNECT ON DATABASE {name} FROM public")
    backup = await _backup(stack)
    await _sql(stack, "INSERT INTO public.thought (words) VALUES ('later'), ('later still')")
    await _sql(stack, f"ALTER DATABASE {name} RESET search_path")
    approval, view = await _restore(stack, str(backup.id))
    assert view.run.state is RunState.SUCCEEDED, view.run.failure
    plan = approval.plan.restore
    assert plan is not None
    assert plan.backup_id == backup.id
    assert plan.taken_at < backup.created_at < plan.until
    assert plan.changes == [TableChange(name="public.thought", then=100, now=102)]
    assert plan.release == approval.plan.goal.sha == SHA
    assert await _sql(stack, "SELECT count(*) FROM public.thought") == 100
    assert await _sql(stack, "SHOW search_path") == '""'
    assert await _sql(stack, "SELECT nextval('public.thought_id_seq')") == 101
    assert await _sql(stack, f"SELECT has_database_privilege('public', '{name}', 'CONNECT')") is False
    kept = kept_name(name, view.run.id)
    assert await _names(stack) == {name, kept}
    swap = view.stage(StageName.SWAP)
    assert swap is not None
    assert swap.result == Swapped(database=name, kept_as=kept)
    prepared = view.stage(StageName.PREPARE)
    assert prepared is not None
    assert prepared.result == Prepared(
        database=prepared_name(name, view.run.id), kept_as=kept, tables=1, rows=100
    )
    assert await stack.served() is not None
    assert (await stack.store.releases.project_by_id(stack.project.id)).live_release_id == (
        view.run.live_release_id
    )

    await _sql(stack, "INSERT INTO public.thought (words) VALUES ('after the restore')")
    approval, undone = await _restore(stack, UNDO)
    assert undone.run.state is RunState.SUCCEEDED, undone.run.failure
    assert approval.plan.restore is not None
    assert approval.plan.restore.taken_at == swap.finished_at
    assert await _sql(stack, COUNT) == 102
    aside = kept_name(name, undone.run.id)
    assert await _names(stack) == {name, aside}
    with pytest.raises(Exception, match="not currently accepting connections"):
        await _sql(stack, "SELECT 1", aside)
    await _sql(stack, f"ALTER DATABASE {aside} ALLOW_CONNECTIONS true")
    assert await _sql(stack, "SELECT count(*) FROM public.thought", aside) == 101


async def _refused(stack: Stack, target: str) -> str:
    before = await _names(stack)
    view = await stack.end((await stack.request(RunKind.RESTORE, target)).id)
    assert (view.run.state, view.run.exit_code) == (RunState.FAILED, ExitCode.BACKUP_FAILED)
    assert view.run.failure is not None
    assert view.run.failure.stage is StageName.CHECK
    assert view.run.failure.production == "Production was not touched: the live release keeps serving."
    assert await _names(stack) == before
    assert await _sql(stack, COUNT) == 100
    return view.run.failure.what


async def _retell(stack: Stack, backup: Backup, manifest: str) -> None:
    """Another manifest, as if it had been written with the backup."""
    manifest_of(Path(backup.path)).write_text(manifest)
    digest = hashlib.sha256(manifest.encode()).hexdigest()
    query = "UPDATE backups SET manifest_sha256 = $2 WHERE id = $1"
    await stack.store.pool.execute(query, backup.id, digest)


async def _condemned(stack: Stack, backup: Backup) -> str:
    """A restore finds it damaged and puts it in quarantine; why. It is let out again for the next damage."""
    told = await _refused(stack, str(backup.id))
    now = await stack.store.releases.backup(backup.id)
    assert now is not None
    assert now.quarantined_at is not None
    assert told == f"Backup {backup.id} is not usable: {now.problem}; it was put in quarantine."
    assert f"Backup {backup.id} is in quarantine since " in await _refused(stack, str(backup.id))
    query = "UPDATE backups SET quarantined_at = NULL, problem = NULL WHERE id = $1"
    await stack.store.pool.execute(query, backup.id)
    return now.problem or ""


async def _good_still(stack: Stack, backup: Backup) -> bool:
    now = await stack.store.releases.backup(backup.id)
    return now is not None and now.quarantined_at is None


async def test_what_came_back_otherwise_goes_into_quarantine(stack: Stack) -> None:
    backup = await _backup(stack)
    told = manifest_of(Path(backup.path)).read_text()
    await _retell(stack, backup, told.replace('"rows": 100', '"rows": 101'))
    view = await stack.end((await stack.request(RunKind.RESTORE, str(backup.id))).id)
    assert (view.run.state, view.run.exit_code) == (RunState.FAILED, ExitCode.BACKUP_FAILED)
    assert view.run.failure is not None
    assert view.run.failure.stage is StageName.PREPARE
    assert view.run.failure.what == (
        f"Backup {backup.id} is not usable: what came back is not what was backed up: table public.thought"
        " has 100 rows, not 101; it was put in quarantine."
    )
    assert not await _good_still(stack, backup)
    assert prepared_name(stack.settings.db_name, view.run.id) not in await _names(stack)


async def test_what_cannot_come_back_is_refused_before_anything_is_touched(stack: Stack) -> None:
    backup = await _backup(stack)
    number, path = str(backup.id), Path(backup.path)
    whole, beside = path.read_bytes(), manifest_of(path)
    told = beside.read_text()

    path.write_bytes(whole[:-100])
    assert "bytes, not the" in await _condemned(stack, backup)
    path.write_bytes(whole[:500] + bytes([whole[500] ^ 1]) + whole[501:])
    assert "its SHA-256 is another" in await _condemned(stack, backup)
    path.unlink()
    assert "cannot be read (No such file or directory)" in await _condemned(stack, backup)
    path.write_bytes(whole)
    beside.write_text(told.replace('"rows": 100', '"rows": 101'))
    assert f"{beside} was changed since it was written" in await _condemned(stack, backup)
    folder = path.parent
    aside = folder.rename(folder.with_name("unmounted"))
    try:
        assert f"the folder {folder} is not there" in await _refused(stack, number)
    finally:
        aside.rename(folder)
    newer = re.sub(r'"server": (\d\d)', lambda match: f'"server": {int(match[1]) + 1}', told)
    await _retell(stack, backup, newer)
    assert re.search(r"it is of PostgreSQL \d+, the server is \d+\.$", await _refused(stack, number))
    await _retell(stack, backup, told)
    assert await _good_still(stack, backup), "a server that is too old is no fault of the backup"
    assert await _refused(stack, "4711") == "There is no backup '4711'."
    if await _names(stack) == {stack.settings.db_name}:
        assert "There is nothing to undo" in await _refused(stack, UNDO)
    await stack.store.pool.execute("UPDATE backups SET database = 'other' WHERE id = $1", backup.id)
    assert f"it is of database other, not of {backup.database}" in await _refused(stack, number)
    await stack.store.pool.execute("UPDATE backups SET pruned_at = now() WHERE id = $1", backup.id)
    assert (await _refused(stack, number)).endswith("it was older than BACKUP_DAYS.")


async def test_a_backup_without_a_manifest_comes_back_with_a_warning(stack: Stack) -> None:
    backup = await _backup(stack)
    manifest_of(Path(backup.path)).unlink()
    await stack.store.pool.execute("UPDATE backups SET manifest_sha256 = NULL WHERE id = $1", backup.id)
    await _sql(stack, ADD)
    approval, view = await _restore(stack, str(backup.id))
    assert view.run.state is RunState.SUCCEEDED, view.run.failure
    assert approval.plan.warnings[0] == (
        "This backup has no manifest: it is read whole, but what comes back cannot be compared with it."
    )
    assert await _sql(stack, COUNT) == 100


async def test_what_is_only_named_like_a_kept_database_is_left_alone_and_never_brought_back(
    stack: Stack,
) -> None:
    name = stack.settings.db_name
    by_hand = [f"{name}_before_20250301", f"{name}_restore_20250301"]
    for each in by_hand:
        await _sql(stack, f"CREATE DATABASE {each}")
    backup = await _backup(stack)
    await _sql(stack, ADD)
    approval, view = await _restore(stack, str(backup.id))
    assert view.run.state is RunState.SUCCEEDED, view.run.failure
    assert not any(each in warning for each in by_hand for warning in approval.plan.warnings)
    assert await _names(stack) == {name, kept_name(name, view.run.id), *by_hand}
    _, undone = await _restore(stack, UNDO)
    assert undone.run.state is RunState.SUCCEEDED, undone.run.failure
    assert await _sql(stack, COUNT) == 101
    await _sql(stack, "DELETE FROM thought WHERE words = 'later'")
    await _sql(stack, f"DROP DATABASE {kept_name(name, undone.run.id)}")
    assert await _refused(stack, UNDO) == (
        "There is nothing to undo: no database of before a restore is kept."
        f" The journal knows no restore that left {by_hand[0]}."
    )
    for each in by_hand:
        await _sql(stack, f"DROP DATABASE {each}")


async def test_a_name_that_a_restore_of_another_journal_took_is_refused_before_anything_is_touched(
    stack: Stack,
) -> None:
    backup, others = await _backup(stack), set()
    for named in (kept_name, prepared_name):
        coming = RunId((await stack.store.runs.recent(stack.project.id, 1))[0].id + 1)
        taken = named(stack.settings.db_name, coming)
        others.add(taken)
        await _sql(stack, f"CREATE DATABASE {taken}")
        assert await _refused(stack, str(backup.id)) == (
            f"There is a database {taken} already, a name that this run would use: a restore of another"
            " journal left it, or somebody made it."
        )
    _, view = await _restore(stack, str(backup.id))
    assert view.run.state is RunState.SUCCEEDED, view.run.failure
    assert others <= await _names(stack), "of a run that was refused nothing is kept"
    for each in others:
        await _sql(stack, f"DROP DATABASE {each}")


CUTS = [
    (StageName.PREPARE, Point.ACTED),
    (StageName.SWAP, Point.INTENDED),
    (StageName.SWAP, Point.ACTED),
]


async def test_cut_anywhere_it_goes_on_and_live_is_the_old_or_the_new_one(
    stack: Stack, points: Points
) -> None:
    backup = await _backup(stack)
    for stage, point in CUTS:
        await _sql(stack, ADD)
        reached = points.expect(stage, point)
        asked = await stack.request(RunKind.RESTORE, str(backup.id))
        if stage is not StageName.PREPARE:
            await _approved(stack, asked.id)
        async with asyncio.timeout(PATIENCE):
            await reached
        await stack.stop_worker()
        swapped = (stage, point) == CUTS[2]
        assert await _sql(stack, COUNT) == (100 if swapped else 101), (stage, point)
        stack.start_worker()
        if stage is StageName.PREPARE:
            await _approved(stack, asked.id)
        view = await stack.end(asked.id)
        assert view.run.state is RunState.SUCCEEDED, (stage, point, view.run.failure)
        assert await _sql(stack, COUNT) == 100
        name = stack.settings.db_name
        assert await _names(stack) == {name, kept_name(name, asked.id)}, "only the newest is kept"
        assert await stack.served() is not None


async def test_what_fails_after_the_swap_puts_the_database_back(stack: Stack, points: Points) -> None:
    name = stack.settings.db_name
    backup = await _backup(stack)
    await _sql(stack, ADD)
    before = await _names(stack)
    reached = points.expect(StageName.SMOKE, Point.INTENDED)
    asked = await stack.request(RunKind.RESTORE, str(backup.id))
    await _approved(stack, asked.id)
    async with asyncio.timeout(PATIENCE):
        hold = await reached
    assert await _sql(stack, COUNT) == 100
    [app] = stack.containers()
    await asyncio.to_thread(app.stop, timeout=1)
    hold.go()
    view = await stack.end(asked.id)
    assert (view.run.state, view.run.exit_code) == (RunState.REVERTED, ExitCode.SMOKE_FAILED)
    assert view.run.failure is not None
    assert view.run.failure.production.startswith("The database is the one from before the restore")
    assert await _sql(stack, COUNT) == 101
    assert await _names(stack) == {*before, prepared_name(name, asked.id)}, "what it may have written stays"
    assert await stack.served() is not None
