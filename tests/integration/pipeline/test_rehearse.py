"""Migrations on a copy of the database, before anybody is asked and before production is touched."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import docker.errors
import pytest

from pipeline.containers.engine import RUN_LABEL
from pipeline.model.errors import NOTHING_CHANGED
from pipeline.model.release import RunId
from pipeline.model.results import Migrated, Rehearsed
from pipeline.model.run import RunView
from pipeline.model.states import ApprovalState, ExitCode, Rehearse, RunKind, RunState, StageName
from pipeline.parts import assemble
from pipeline.stages.foresee import foresee
from pipeline.stages.rehearse import WOULD
from pipeline.store.connect import connect
from pipeline.wording.markup import plain
from pipeline.wording.plan import plan_body
from tests.integration.pipeline.age_keys import new_key
from tests.integration.pipeline.dumps import execute
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
    recipient = new_key(tmp_path, "identity.txt").recipient  # the key itself is not on the server
    settings = {**NEW, "rehearse": "new", "deployment_timeout": 60, "backup_recipients": recipient}
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
    containers = stack.client.containers.list(all=True, ignore_removed=True, filters=label)
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

    database = stack.settings.db_name
    await execute(stack.settings.application, f"ALTER DATABASE {database} SET app.title = 'second'")
    change = "UPDATE notes SET title = current_setting('app.title')"
    path = _migration(stack, "0002", "0001", f'op.execute("{change}")')
    stack.remote.edit("compose.yml", "value: first", "value: second")
    query = "revision: SELECT version_num FROM alembic_version"
    stack.remote.edit("compose.yml", query, "revision: [alembic, current]")
    stack.remote.push("Another first note")
    async with assemble(stack.settings) as parts:
        foreseen = await foresee(parts, stack.project, None)
    assert foreseen.plan.rehearsed == Rehearsed(ran=False, note=WOULD, revisions=[path])
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


ESCAPE = """import socket

from alembic import op

revision, down_revision = "0002", "0001"
CONNECTION = "host=database user={user} password={password} dbname={database}"


def upgrade():
    for host in {hosts}:
        try:
            socket.create_connection((host, 5432), 3).close()
        except OSError as error:
            print(host, error)
        else:
            raise SystemExit(f"{{host}} was reached")
    op.execute("CREATE EXTENSION dblink")
    op.execute(f"SELECT dblink_exec('{{CONNECTION}}', 'CREATE TABLE escaped ()')")
"""


async def test_a_migration_cannot_reach_the_live_database(stack: Stack, postgres: Any) -> None:
    """Neither by its addresses nor through the copy's own server, for which its name means itself."""
    stack.start_worker()
    networks = stack.client.containers.get(postgres.container_id).attrs["NetworkSettings"]["Networks"]
    text = ESCAPE.format(
        hosts=tuple(network["IPAddress"] for network in networks.values()),
        user=postgres.user,
        password=postgres.password,
        database=stack.settings.db_name,
    )
    (stack.remote.clone / "migrations/versions/0002_escape.py").write_text(text)
    stack.remote.push("Tries to get out")
    _, view = await _planned(stack)
    assert _rehearsed(view).after == "0002"
    for table in ("escaped", "notes", "alembic_version"):
        assert await _value(stack, f"SELECT to_regclass('{table}') IS NULL") is True
    await _rejected(stack, view.run.id)


async def _rejected(stack: Stack, run: RunId) -> None:
    approval = await stack.store.approvals.of_run(run)
    assert approval is not None
    assert await stack.store.approvals.answer(approval.nonce, ApprovalState.REJECTED, "tester")
    assert (await stack.end(run)).run.state is RunState.REJECTED


async def test_what_cannot_or_shall_not_be_rehearsed(
    stack: Stack, postgres: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = await command("inspect", "-f", "{{.NetworkSettings.IPAddress}}", postgres.container_id)
    monkeypatch.setenv("DATABASE_URL", _url(postgres, stack, address))
    stack.start_worker()
    stack.remote.push("Notes")
    lines, view = await _planned(stack)
    note = f"service web is told the database by its address {address} and not by a name"
    assert _rehearsed(view).hindered
    assert _rehearsed(view).note == note
    assert f"⚠️ The migration could not be rehearsed: {note}." in lines
    await _rejected(stack, view.run.id)

    await stack.stop_worker()
    stack.settings = stack.settings.model_copy(update={"rehearse": Rehearse.NEVER})
    stack.start_worker()
    lines, view = await _planned(stack)
    assert _rehearsed(view) == Rehearsed(ran=False, note="not rehearsed (REHEARSE=never)")
    assert "Not rehearsed (REHEARSE=never)" in lines
    await _rejected(stack, view.run.id)


async def test_cut_it_begins_anew_and_nothing_is_left(
    stack: Stack, postgres: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The application migrates as a role of its own, whose password is not known to us."""
    role = f"app_{secrets.token_hex(4)}"
    await _value(stack, f"CREATE ROLE {role} LOGIN PASSWORD 'of its own'")
    await _value(stack, f"ALTER DATABASE {stack.settings.db_name} OWNER TO {role}")
    monkeypatch.setenv(
        "DATABASE_URL", f"postgresql+pg8000://{role}:of%20its%20own@database/{stack.settings.db_name}"
    )
    stack.start_worker()
    _migration(
        stack,
        "0002",
        "0001",
        "print('halfway')",
        "import os, time",
        "while not os.path.exists('/tmp/go'):",
        "    time.sleep(0.1)",
        "op.execute('CREATE TABLE more ()')",
    )
    stack.remote.push("Takes its time")
    asked = await stack.request(RunKind.DEPLOY)
    name = f"{stack.settings.compose_project_name}-run-{asked.id}-rehearse"

    async def halfway_again(view: RunView) -> bool:
        return _halfway(view) and await stack.begun(asked.id, StageName.REHEARSE) == 2

    await stack.until(asked.id, _halfway)
    assert _left(stack, asked.id) == [name, f"{name}-network", f"{name}-postgres"]
    await stack.stop_worker()
    _as_a_killed_one_leaves_it(stack, asked.id, name, postgres)
    stack.start_worker()
    await stack.until(asked.id, halfway_again)
    assert stack.client.containers.get(name).exec_run(["touch", "/tmp/go"]).exit_code == 0
    await stack.plan(asked.id)
    view = await stack.store.runs.view(asked.id)
    assert _rehearsed(view).after == "0002"
    assert await stack.begun(asked.id, StageName.REHEARSE) == 2
    assert _left(stack, asked.id) == []
    await _rejected(stack, asked.id)
    await _value(stack, f"ALTER DATABASE {stack.settings.db_name} OWNER TO {stack.settings.db_user}")
    await _value(stack, f"DROP ROLE {role}")


def _halfway(view: RunView) -> bool:
    assert not view.run.state.final, view.run.failure
    row = view.stage(StageName.REHEARSE)
    return row is not None and row.last_line == "halfway"


def _as_a_killed_one_leaves_it(stack: Stack, run: RunId, name: str, postgres: Any) -> None:
    """Besides what a worker that was told to end had no time to remove."""
    labels = {RUN_LABEL: str(run)}
    network = stack.client.networks.create(f"{name}-network", internal=True, labels=labels)
    image = stack.client.containers.get(postgres.container_id).image
    for each in (name, f"{name}-postgres"):
        with contextlib.suppress(docker.errors.APIError):  # it is still there
            made = stack.client.containers.create(image, ["sleep", "60"], name=each, labels=labels)
            network.connect(made)
            made.start()
    assert _left(stack, run)
