"""Drills on the real road: what is proven, what goes into quarantine, what says nothing about a backup."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from pipeline.chaos import SWITCH, Point
from pipeline.database.dump import manifest_of
from pipeline.database.sealing import sha256_of
from pipeline.model.release import Backup, BackupId
from pipeline.model.results import BackedUp, Proved
from pipeline.model.run import RunView
from pipeline.model.states import ExitCode, RunKind, RunState, StageName
from tests.chaos.points import Points
from tests.integration.pipeline.command import command
from tests.integration.pipeline.dumps import address_of, execute
from tests.integration.pipeline.stack import PATIENCE, Stack, installed

FILL = """
CREATE ROLE {role};
CREATE TABLE thought (id serial PRIMARY KEY, words text NOT NULL);
INSERT INTO thought (words) SELECT 'thought ' || n FROM generate_series(1, 100) n;
CREATE INDEX lowered ON thought (lower(words));
CREATE SCHEMA "Other"; CREATE TABLE "Other"."Odd" (data jsonb); ALTER TABLE "Other"."Odd" OWNER TO {role};
INSERT INTO "Other"."Odd" VALUES ('[1]'), ('[2]');
GRANT CONNECT ON DATABASE {name} TO {role};
ALTER DATABASE {name} SET search_path TO '';
ALTER ROLE {role} IN DATABASE {name} SET work_mem TO '5MB';
"""

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def points(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Points]:
    async with Points(tmp_path_factory.mktemp("points") / "points.sock", list) as points:
        yield points


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stack(
    points: Points, tmp_path_factory: pytest.TempPathFactory, postgres: Any, images: Any
) -> AsyncIterator[Stack]:
    """Nothing is live in it: a drill needs no application."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(SWITCH, str(points.path))
        async with installed(tmp_path_factory.mktemp("drill"), patch, postgres, images) as stack:
            role = f"reader_of_{stack.settings.db_name}"
            await execute(stack.settings.application, FILL.format(role=role, name=stack.settings.db_name))
            stack.start_worker()
            yield stack
            await execute(stack.settings.application, f"DROP OWNED BY {role} CASCADE; DROP ROLE {role}")


async def _backup(stack: Stack) -> Backup:
    view = await stack.end((await stack.request(RunKind.BACKUP)).id)
    assert view.run.state is RunState.SUCCEEDED, view.run.failure
    return (await stack.store.releases.backups(stack.project.id, 1))[0]


async def _drill(stack: Stack, target: BackupId | None = None) -> RunView:
    asked = await stack.request(RunKind.DRILL, str(target) if target else None)
    view = await stack.end(asked.id)
    assert await _left(stack, view) == []
    return view


async def _left(stack: Stack, view: RunView) -> list[str]:
    """Containers of the run."""
    prefix = f"{stack.settings.compose_project_name}-run-{view.run.id}-"
    found = await asyncio.to_thread(
        stack.client.containers.list, all=True, ignore_removed=True, filters={"name": prefix}
    )
    return [container.name for container in found]


async def _now(stack: Stack, backup: Backup) -> Backup:
    found = await stack.store.releases.backup(backup.id)
    assert found is not None
    return found


async def _in_quarantine(stack: Stack, backup: Backup, stage: StageName) -> str:
    """A drill finds it not usable, and a restore of it is refused from then on; why."""
    view = await _drill(stack, backup.id)
    assert (view.run.state, view.run.exit_code) == (RunState.FAILED, ExitCode.BACKUP_FAILED), view.run.failure
    failure = view.run.failure
    assert failure is not None
    assert failure.stage is stage
    now = await _now(stack, backup)
    assert now.quarantined_at is not None
    assert now.problem
    assert failure.what == f"Backup {backup.id} is not usable: {now.problem}; it was put in quarantine."
    assert failure.advice.startswith("Make another at once: /backup. ")
    restore = await stack.end((await stack.request(RunKind.RESTORE, str(backup.id))).id)
    assert restore.run.exit_code is ExitCode.BACKUP_FAILED
    assert restore.run.failure is not None
    since = f"{now.quarantined_at:%Y-%m-%d %H:%M} UTC"
    assert restore.run.failure.what == (f"Backup {backup.id} is in quarantine since {since}: {now.problem}.")
    return now.problem


async def test_a_good_backup_is_proven_and_nothing_is_left(stack: Stack) -> None:
    backup = await _backup(stack)
    assert backup.proven_at is None
    view = await _drill(stack)
    assert view.run.state is RunState.SUCCEEDED, view.run.failure
    assert [stage.name for stage in view.stages] == [StageName.CHECK, StageName.PROVE, StageName.REPORT]
    prove = view.stage(StageName.PROVE)
    assert prove is not None
    assert isinstance(prove.result, Proved)
    assert prove.result == Proved(
        backup_id=backup.id, tables=2, rows=102, indexes=2, seconds=prove.result.seconds, note=None
    )
    now = await _now(stack, backup)
    assert now.proven_at is not None
    assert (await stack.store.releases.last_proven_backup(stack.project.id)) == now
    code, out, _ = await command(stack, "backups")
    assert code == 0
    assert re.search(rf"^{backup.id} .* proven (just now|\d+ s ago)  -  ", out, re.MULTILINE)
    assert (await command(stack, "drill", "4711"))[0] == 3
    code, out, err = await command(stack, "drill", str(backup.id))
    assert (code, err) == (0, "")
    assert "2 tables, 102 rows, all as backed up, 2 indexes checked" in out


async def test_a_damaged_file_goes_into_quarantine_and_the_newest_good_one_is_tried(stack: Stack) -> None:
    good = await _backup(stack)
    changed, cut, gone = [await _backup(stack) for _ in range(3)]
    whole = Path(changed.path).read_bytes()
    middle = len(whole) // 2
    Path(changed.path).write_bytes(whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :])
    assert "its SHA-256 is another" in await _in_quarantine(stack, changed, StageName.CHECK)
    path = Path(cut.path)
    path.write_bytes(path.read_bytes()[:-700])
    await stack.store.pool.execute(
        "UPDATE backups SET bytes = $2, sha256 = $3 WHERE id = $1",
        cut.id,
        path.stat().st_size,
        sha256_of(path),
    )
    assert await _in_quarantine(stack, cut, StageName.CHECK) == "it cannot be read to its end"
    Path(gone.path).unlink()
    assert "cannot be read (No such file or directory)" in await _in_quarantine(stack, gone, StageName.CHECK)
    newest = await stack.store.releases.newest_usable_backup(stack.project.id)
    assert newest is not None
    assert newest.id == good.id
    view = await _drill(stack)
    assert view.run.state is RunState.SUCCEEDED, view.run.failure
    assert (await _now(stack, good)).proven_at is not None
    Path(changed.path).write_bytes(whole)
    assert (await _drill(stack, changed.id)).run.state is RunState.SUCCEEDED
    mended = await _now(stack, changed)
    assert (mended.quarantined_at, mended.problem) == (None, None), "proven by its number, it is usable again"


async def test_a_manifest_that_disagrees_and_a_dump_that_cannot_be_restored(stack: Stack) -> None:
    backup = await _backup(stack)
    beside = manifest_of(Path(backup.path))
    beside.write_text(beside.read_text().replace('"rows": 100', '"rows": 101'))
    await stack.store.pool.execute(
        "UPDATE backups SET manifest_sha256 = $2 WHERE id = $1", backup.id, sha256_of(beside)
    )
    assert await _in_quarantine(stack, backup, StageName.PROVE) == (
        "what came back is not what was backed up: table public.thought has 100 rows, not 101"
    )
    await execute(
        stack.settings.application,
        """SET search_path TO public;
        CREATE FUNCTION doubled(n int) RETURNS int LANGUAGE sql IMMUTABLE
            AS 'SELECT n + count(*)::int FROM thought';
        CREATE TABLE worked (n int, twice int GENERATED ALWAYS AS (doubled(n)) STORED);
        INSERT INTO worked (n) VALUES (1)""",
    )
    try:
        unqualified = await _backup(stack)
        problem = await _in_quarantine(stack, unqualified, StageName.PROVE)
    finally:
        await execute(stack.settings.application, "DROP TABLE public.worked; DROP FUNCTION public.doubled")
    assert problem.startswith("it cannot be restored: pg_restore: error: ")
    assert 'relation "thought" does not exist' in problem


_SPOILING = """#!/bin/sh
case "$*" in *--decompress*) exec {zstd} "$@";; *) {zstd} "$@" | (head -c 900; cat > /dev/null);; esac
"""


async def test_a_backup_that_cannot_be_read_back_goes_into_quarantine_at_once(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = await _backup(stack)
    shim = tmp_path / "zstd"
    shim.write_text(_SPOILING.format(zstd=shutil.which("zstd")))
    shim.chmod(0o755)
    with monkeypatch.context() as patch:
        patch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
        view = await stack.end((await stack.request(RunKind.BACKUP)).id)
    assert (view.run.state, view.run.exit_code) == (RunState.FAILED, ExitCode.BACKUP_FAILED)
    kept = (await stack.store.releases.backups(stack.project.id, 1))[0]
    assert (kept.run_id, kept.bytes, kept.sha256) == (view.run.id, 900, sha256_of(Path(kept.path)))
    assert kept.quarantined_at is not None
    assert kept.problem is not None
    assert kept.problem.startswith("it cannot be read back: zstd failed with exit code 1")
    why = view.run.failure
    assert why is not None
    assert why.stage is StageName.BACKUP
    assert why.what == f"Backup {kept.id} is not usable: {kept.problem}; it was put in quarantine."
    assert why.production == "Production was not touched: the live release keeps serving."
    assert why.advice.startswith(
        "See that the disk and the memory of this machine are sound, then ask again."
    )
    newest = await stack.store.releases.newest_usable_backup(stack.project.id)
    assert newest is not None
    assert newest.id == good.id
    after = (await stack.end((await stack.request(RunKind.BACKUP)).id)).stage(StageName.BACKUP)
    assert after is not None
    assert isinstance(after.result, BackedUp)
    assert after.result.previous_bytes == good.bytes


async def test_what_is_not_the_backups_fault_leaves_it_as_it_is(stack: Stack) -> None:
    backup = await _backup(stack)
    folder = Path(backup.path).parent
    aside = folder.rename(folder.with_name("unmounted"))
    try:
        view = await _drill(stack, backup.id)
    finally:
        aside.rename(folder)
    assert (view.run.state, view.run.exit_code) == (RunState.FAILED, ExitCode.DEPLOY_FAILED)
    assert view.run.failure is not None
    assert view.run.failure.what == (
        f"Backup {backup.id} could not be tried: the folder {folder} is not there. It stays as it is."
    )
    beside = manifest_of(Path(backup.path))
    beside.write_text(beside.read_text().replace('"format": 1', '"format": 99'))
    await stack.store.pool.execute(
        "UPDATE backups SET manifest_sha256 = $2 WHERE id = $1", backup.id, sha256_of(beside)
    )
    view = await _drill(stack, backup.id)
    assert view.run.exit_code is ExitCode.DEPLOY_FAILED
    assert view.run.failure is not None
    assert view.run.failure.what == (
        f"Backup {backup.id} could not be tried: its manifest {beside} cannot be used: it has form 99; this"
        " version knows 1 and 2. It stays as it is."
    )
    await stack.store.pool.execute("UPDATE backups SET manifest_sha256 = NULL WHERE id = $1", backup.id)
    view = await _drill(stack, backup.id)
    assert view.run.exit_code is ExitCode.DEPLOY_FAILED
    assert view.run.failure is not None
    assert "it has no manifest that it could be compared with" in view.run.failure.what
    now = await _now(stack, backup)
    assert (now.proven_at, now.quarantined_at) == (None, None)


async def test_what_expired_goes_after_a_run_that_failed_too(stack: Stack) -> None:
    """A disk that is too full fails each run: it must not stay so for that."""
    expired, _ = await _backup(stack), await _backup(stack)
    await stack.store.pool.execute(
        "UPDATE backups SET created_at = now() - interval '400 days' WHERE id = $1", expired.id
    )
    view = await _drill(stack, BackupId(4711))
    assert view.run.state is RunState.FAILED
    async with asyncio.timeout(PATIENCE):
        while Path(expired.path).exists():  # noqa: ASYNC110 - what the worker clears away is not told
            await asyncio.sleep(0.1)
    assert (await _now(stack, expired)).pruned_at is not None


OF_THE_OWNER = "SELECT lo_from_bytea(0, 'large')"
OF_A_SUPERUSER = """
CREATE FUNCTION seen() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER watched ON ddl_command_end EXECUTE FUNCTION seen();
CREATE FOREIGN DATA WRAPPER elsewhere;
"""


@pytest.mark.parametrize(
    ("attributes", "fill"), [("LOGIN CREATEDB", OF_THE_OWNER), ("LOGIN SUPERUSER", OF_A_SUPERUSER)]
)
async def test_whoever_db_user_is_a_good_backup_is_proven(
    attributes: str, fill: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres: Any, images: Any
) -> None:
    first, name = address_of(postgres), await postgres.create_database()
    role = f"user_of_{name}"
    await execute(first, f"CREATE ROLE {role} {attributes} PASSWORD 'of its own'")
    await execute(first, f"ALTER DATABASE {name} OWNER TO {role}")
    chosen = {"db_user": role, "db_password": "of its own", "db_name": name}
    async with installed(tmp_path, monkeypatch, postgres, images, **chosen) as stack:
        try:
            await execute(stack.settings.application, f"CREATE TABLE note AS SELECT 1 AS n; {fill}")
            stack.start_worker()
            backup = await _backup(stack)
            view = await _drill(stack)
            assert view.run.state is RunState.SUCCEEDED, view.run.failure
            assert (await _now(stack, backup)).proven_at is not None
        finally:
            await stack.stop_worker()
            for database in (name, stack.settings.pipeline_db_name):
                await execute(first, f"ALTER DATABASE {database} OWNER TO CURRENT_USER")
                await execute(replace(first, database=database), f"REASSIGN OWNED BY {role} TO CURRENT_USER")
            await execute(first, f"DROP ROLE {role}")


async def test_cancelled_it_leaves_nothing_and_cut_it_goes_on(stack: Stack, points: Points) -> None:
    backup = await _backup(stack)
    asked = await stack.request(RunKind.DRILL, str(backup.id))

    async def restoring(view: RunView) -> bool:
        return len(await _left(stack, view)) > 0 and view.current is not None

    view = await stack.until(asked.id, restoring)
    assert view.current is not None
    assert view.current.name in (StageName.CHECK, StageName.PROVE)
    await stack.until(asked.id, lambda v: v.current is not None and v.current.name is StageName.PROVE)
    await stack.until(asked.id, restoring)
    await stack.store.runs.cancel(asked.id, "tester")
    view = await stack.end(asked.id)
    assert (view.run.state, view.run.exit_code) == (RunState.CANCELLED, ExitCode.NOT_APPROVED)
    assert await _left(stack, view) == []
    now = await _now(stack, backup)
    assert (now.proven_at, now.quarantined_at) == (None, None)

    reached = points.expect(StageName.PROVE, Point.ACTED)
    asked = await stack.request(RunKind.DRILL, str(backup.id))
    async with asyncio.timeout(PATIENCE):
        await reached
    await stack.stop_worker()
    stack.start_worker()
    view = await stack.end(asked.id)
    assert view.run.state is RunState.SUCCEEDED, view.run.failure
    assert await stack.begun(asked.id, StageName.PROVE) == 2
    assert await _left(stack, view) == []
