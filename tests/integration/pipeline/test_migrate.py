"""The migration's stage on real parts, cut and done again: it runs at most once."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pipeline.containers.container import ASKED_LABEL
from pipeline.database.turn import TurnTaken, turn
from pipeline.model.errors import StageFailed
from pipeline.model.release import BackupId, Release, ReleaseId
from pipeline.model.results import Migrated
from pipeline.model.states import RunKind, StageName
from pipeline.parts import assemble
from pipeline.stages import migrate
from pipeline.stages.journey import Journey
from pipeline.store.connect import connect
from tests.integration.pipeline.stack import Stack, installed

PATIENCE = 180.0
COMPOSE = """
x-pipeline:
  migrate:
    command: [sh, -c, "echo ran >> /out/ran; while [ -e /out/wait ]; do sleep 0.1; done; . /out/end"]
    revision: SELECT value FROM revision
services:
  app:
    image: any
    stop_grace_period: 1s
    volumes: ["./out:/out"]
    labels: {deployment.group: agent}
"""


class Migration:
    """The stage of one run, as often as it is done; `out` is what its container sees."""

    def __init__(self, journey: Journey, out: Path) -> None:
        self.journey = journey
        self.out = out
        self.name = journey.one_off(StageName.MIGRATE)

    async def run(self) -> Migrated:
        runs, run = self.journey.parts.store.runs, self.journey.run
        marks = await runs.marks(run.id, StageName.MIGRATE)
        async with asyncio.timeout(PATIENCE):
            return await migrate.run(replace(self.journey, marks=marks))

    @property
    def times(self) -> int:
        ran = self.out / "ran"
        return ran.read_text().count("ran") if ran.exists() else 0

    async def cut(self) -> None:
        """Done until the container acts, and then cancelled."""
        doing = asyncio.create_task(self.run())
        async with asyncio.timeout(PATIENCE):
            while not self.times:
                assert not doing.done(), doing.exception()
                await asyncio.sleep(0.05)
        doing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await doing

    async def revise(self, value: int) -> None:
        connection = await connect(self.journey.parts.settings.application)
        try:
            await connection.execute("CREATE TABLE IF NOT EXISTS revision (value int)")
            await connection.execute("DELETE FROM revision")
            await connection.execute("INSERT INTO revision VALUES ($1)", value)
        finally:
            await connection.close()


@pytest.fixture
async def stack(tmp_path: Path, monkeypatch: Any, postgres: Any, images: Any) -> AsyncIterator[Stack]:
    async with installed(tmp_path, monkeypatch, postgres, images) as stack:
        yield stack


@pytest.fixture
async def migration(stack: Stack, images: Any) -> AsyncIterator[Migration]:
    out = stack.directory / "out"
    out.mkdir()
    (out / "end").write_text("exit 0")
    compose_file = stack.directory / "compose.yml"
    compose_file.write_text(COMPOSE)
    async with assemble(stack.settings) as parts:
        image = await parts.engine.image(images.python)
        assert image is not None
        goal = Release(
            id=ReleaseId(1),
            project_id=stack.project.id,
            run_id=None,
            sha=None,
            branch=None,
            images={"app": image.id},
            compose_file=str(compose_file),
            compose_hash="",
            schema_revision=None,
            backup_id=BackupId(1),
            created_at=datetime.now(UTC),
            live_since=None,
        )
        asked = await stack.request(RunKind.DEPLOY)
        run = await parts.store.runs.claim(asked.id)
        assert run is not None
        journey = Journey(
            parts=parts,
            run=run,
            project=stack.project,
            live=None,
            stage=StageName.MIGRATE,
            known_goal=goal,
            tell=lambda _: None,
            show=lambda _: None,
            log=lambda _: None,
        )
        made = Migration(journey, out)
        await made.revise(1)
        yield made
        await parts.engine.remove_one_offs(parts.compose.project, run.id)
        assert await parts.engine.container(made.name) is None


async def test_done_again_it_reads_how_the_first_one_ended(migration: Migration) -> None:
    assert await migration.run() == Migrated(ran=True, before="1", after="1")
    made = await migration.journey.parts.engine.container(migration.name)
    assert made is not None
    assert (made.running, made.exit_code) == (False, 0)
    await migration.revise(2)
    assert await migration.run() == Migrated(ran=True, before="1", after="2")
    assert migration.times == 1


async def test_one_that_failed_fails_again(migration: Migration) -> None:
    (migration.out / "end").write_text("exit 3")
    for _ in range(2):
        with pytest.raises(
            StageFailed, match=r"^The migration failed \(exit code 3\); the schema is unchanged"
        ):
            await migration.run()
    assert migration.times == 1


async def test_cut_while_it_runs_it_is_waited_for(migration: Migration) -> None:
    (migration.out / "wait").touch()
    await migration.cut()
    await migration.revise(2)
    again = asyncio.create_task(migration.run())
    await asyncio.sleep(0.5)
    assert not again.done()
    (migration.out / "wait").unlink()
    assert await again == Migrated(ran=True, before="1", after="2")
    assert migration.times == 1


async def test_made_and_never_started_it_is_started(migration: Migration, images: Any) -> None:
    """An exit code of 0 is what Docker tells of such a container."""
    engine, journey = migration.journey.parts.engine, migration.journey
    labels = {ASKED_LABEL: journey.run.requested_at.isoformat(), "deployment.run": str(journey.run.id)}
    command = ["sh", "-c", "echo ran >> /out/ran"]
    volume = {str(migration.out): {"bind": "/out"}}

    def make(client: Any) -> None:
        limits = client.api.create_host_config(binds=volume)
        client.api.create_container(
            images.python, command=command, name=migration.name, labels=labels, host_config=limits
        )

    await engine._call(make)
    await journey.mark("creating", before="0")
    assert await migration.run() == Migrated(ran=True, before="0", after="1")
    assert migration.times == 1


async def test_a_container_of_another_journal_is_not_taken_for_ours(
    migration: Migration, images: Any
) -> None:
    engine = migration.journey.parts.engine
    await engine.create(images.python, migration.name, ["true"], migration.journey.run.id)
    await engine.start(migration.name)
    assert await migration.run() == Migrated(ran=True, before="1", after="1")
    assert migration.times == 1


async def test_one_that_takes_too_long_is_ended_and_kept(migration: Migration) -> None:
    (migration.out / "wait").touch()
    settings = migration.journey.parts.settings.model_copy(update={"deployment_timeout": 1.0})
    hasty = replace(migration.journey, parts=replace(migration.journey.parts, settings=settings))
    with pytest.raises(StageFailed, match="The migration did not end within 1 s"):
        await Migration(hasty, migration.out).run()
    (migration.out / "wait").unlink()
    with pytest.raises(StageFailed, match=r"The migration failed \(exit code 137\)"):
        await migration.run()
    assert migration.times == 1


async def test_another_migration_of_the_database_is_waited_for(
    migration: Migration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate, "_TURN_SECONDS", 0.5)
    address = migration.journey.parts.settings.application
    name = f"another {secrets.token_hex(3)}"
    async with turn(address, name, wait=1, production="Fine."):
        with pytest.raises(TurnTaken) as caught:
            await migration.run()
        told = caught.value
        assert told.what.startswith(
            f"Another migration of {address.database} is under way for more than 0.5 s: {name}"
        )
        assert "from 1" in told.what
        assert (
            told.production == "Production is between two releases; the previous one is being brought back."
        )
        assert await migration.journey.parts.engine.container(migration.name) is None
        monkeypatch.setattr(migrate, "_TURN_SECONDS", PATIENCE)
        waiting = asyncio.create_task(migration.run())
        await asyncio.sleep(0.7)
        assert migration.times == 0
    assert (await waiting).ran
    assert migration.times == 1
