"""Migrations on a copy of the database, before anybody is asked and before production is touched."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.containers.engine import RUN_LABEL
from pipeline.model.errors import NOTHING_CHANGED
from pipeline.model.release import RunId
from pipeline.model.results import Migrated, Rehearsed
from pipeline.model.run import RunView
from pipeline.model.states import ApprovalState, ExitCode, RunKind, RunState, StageName
from pipeline.store.connect import connect
from pipeline.wording.markup import plain
from pipeline.wording.plan import plan_body
from tests.integration.pipeline.stack import PATIENCE, Stack, installed
from tests.integration.pipeline.test_any_application import NEW, PACKAGES
from tests.integration.pipeline.test_any_application import docker as command

SAMPLE = Path(__file__).with_name("sample_with_alembic")
FIRST = "migrations/versions/0001_notes.py"
NETWORKS = "networks: [data]\n"


@pytest.fixture
async def stack(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres: Any, images: Any
) -> AsyncIterator[Stack]:
    """The application and its database in a network of theirs, where it is called `database`."""
    python = ("--build-arg", f"PYTHON_IMAGE={images.python}")
    await command("build", "-q", "--target", "packages", "-t", PACKAGES, *python, str(SAMPLE))
    network = f"vnext-test-{secrets.token_hex(4)}"
    await command("network", "create", network)
    await command("network", "connect", "--alias", "database", network, postgres.container_id)
    settings = {**NEW, "rehearse": "new", "deployment_timeout": 60}
    try:
        async with installed(tmp_path, monkeypatch, postgres, images, sample=SAMPLE, **settings) as stack:
            for folder in (stack.directory, stack.remote.clone):
                _into(folder / "compose.yml", network)
            monkeypatch.setenv("DATABASE_URL", _url(postgres, stack))
            yield stack
    finally:
        await command("network", "disconnect", "--force", network, postgres.container_id)
        await command("network", "rm", network)


def _url(postgres: Any, stack: Stack, host: str = "database") -> str:
    return f"postgresql+pg8000://{postgres.user}:{postgres.password}@{host}/{stack.settings.db_name}"


def _into(compose_file: Path, network: str) -> None:
    text = compose_file.read_text()
    assert "network_mode: bridge # where the database of the tests is\n" in text
    text = text.replace("network_mode: bridge # where the database of the tests is\n", NETWORKS)
    text = "".join(line for line in text.splitlines(keepends=True) if "name: cache" not in line)
    compose_file.write_text(f"{text}networks:\n  data: {{external: true, name: {network}}}\n")


def _migration(stack: Stack, number: str, before: str, *statements: str) -> str:
    """Adds one; its path."""
    path = f"migrations/versions/{number}_more.py"
    lines = [f'revision, down_revision = "{number}", "{before}"', "", "", "def upgrade():"]
    (stack.remote.clone / path).write_text(
        "\n".join(["from alembic import op", "", *lines, *(f"    {one}" for one in statements), ""])
    )
    return path


async def _value(stack: Stack, query: str) -> object:
    connection = await connect(stack.settings.application)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def _planned(stack: Stack) -> tuple[list[str], RunView]:
    """The lines of the plan, and the run as it waits."""
    asked = await stack.request(RunKind.DEPLOY)
    approval = await stack.plan(asked.id)
    return plain(plan_body(approval.plan)).splitlines(), await stack.store.runs.view(asked.id)


async def _approve(stack: Stack, run: RunId) -> RunView:
    approval = await stack.store.approvals.of_run(run)
    assert approval is not None
    assert await stack.store.approvals.answer(approval.nonce, ApprovalState.APPROVED, "tester")
    return await stack.end(run)


def _rehearsed(view: RunView) -> Rehearsed:
    row = view.stage(StageName.REHEARSE)
    assert row is not None
    assert isinstance(row.result, Rehearsed), view.run.failure
    return row.result


def _left(stack: Stack, run: RunId) -> list[str]:
    """Containers and networks of the run that are not of services."""
    prefix = f"{stack.settings.compose_project_name}-run-{run}-"
    label = {"label": f"{RUN_LABEL}={run}"}
    containers = stack.client.containers.list(all=True, filters=label)
    found = [*containers, *stack.client.networks.list(filters=label)]
    return sorted(one.name for one in found if one.name.startswith(prefix))


async def test_a_good_migration_is_rehearsed_and_nothing_moves_before_the_switch(stack: Stack) -> None:
    stack.start_worker()
    stack.remote.push("Notes")
    lines, view = await _planned(stack)
    first = _rehearsed(view)
    assert (first.ran, first.before, first.after, first.note) == (True, None, "0001", None)
    assert FIRST in first.revisions
    assert await _value(stack, "SELECT to_regclass('notes') IS NULL") is True
    assert _left(stack, view.run.id) == []
    assert any(line.startswith("Migration rehearsed on a copy: none → 0001 in ") for line in lines)
    view = await _approve(stack, view.run.id)
    assert view.run.state is RunState.SUCCEEDED, view.run.failure

    path = _migration(stack, "0002", "0001", "op.execute(\"UPDATE notes SET title = 'second'\")")
    stack.remote.edit("compose.yml", "value: first", "value: second")
    stack.remote.push("Another first note")
    lines, view = await _planned(stack)
    second = _rehearsed(view)
    assert (second.before, second.after, second.revisions) == ("0001", "0002", [path])
    assert second.seconds is not None
    assert 0 < second.seconds < PATIENCE
    assert "New migrations: 0002_more.py" in lines
    assert await _value(stack, "SELECT title FROM notes") == "first"
    assert await _value(stack, "SELECT version_num FROM alembic_version") == "0001"
    view = await _approve(stack, view.run.id)
    assert view.run.state is RunState.SUCCEEDED, view.run.failure
    assert view.stage(StageName.MIGRATE).result == Migrated(ran=True, before="0001", after="0002")

    stack.remote.edit("jobs.py", "import", "# Nothing to migrate.\nimport")
    stack.remote.push("No migration")
    lines, view = await _planned(stack)
    assert _rehearsed(view) == Rehearsed(ran=False, note="no new migrations: not rehearsed")
    assert "No new migrations: not rehearsed" in lines
    view = await _approve(stack, view.run.id)
    assert view.run.state is RunState.SUCCEEDED, view.run.failure
    await _failing(stack)


async def _failing(stack: Stack) -> None:
    serving = {container.id for container in stack.containers()}
    _migration(stack, "0003", "0002", "op.execute('ALTER TABLE nots ADD COLUMN mood text')")
    stack.remote.push("A slip of the pen")
    asked = await stack.request(RunKind.DEPLOY)
    view = await stack.end(asked.id)
    assert (view.run.state, view.run.exit_code) == (RunState.FAILED, ExitCode.DEPLOY_FAILED)
    failure = view.run.failure
    assert failure is not None
    assert failure.stage is StageName.REHEARSE
    assert failure.what == f"The migration failed on a copy of {stack.settings.db_name} (exit code 1)."
    assert failure.production == NOTHING_CHANGED
    assert 'relation "nots" does not exist' in failure.log
    assert await stack.store.approvals.of_run(asked.id) is None
    assert {container.id for container in stack.containers()} == serving
    assert await _value(stack, "SELECT version_num FROM alembic_version") == "0002"
    assert _left(stack, asked.id) == []
