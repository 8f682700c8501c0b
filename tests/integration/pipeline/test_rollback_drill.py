"""The way back tried on a copy: it works, it does not, and production stays as it was in any case."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from pipeline.chaos import SWITCH, Point
from pipeline.containers.copies import copy_project
from pipeline.containers.engine import PROJECT_LABEL, RUN_LABEL
from pipeline.model.errors import NOTHING_CHANGED
from pipeline.model.release import Release, RunId
from pipeline.model.results import Tried
from pipeline.model.run import RunView
from pipeline.model.states import ExitCode, RunKind, RunState, StageName
from pipeline.store.connect import connect
from tests.chaos.points import Points
from tests.integration.pipeline.command import command
from tests.integration.pipeline.stack import PATIENCE, Stack, installed
from tests.integration.pipeline.test_any_application import NEW, PACKAGES
from tests.integration.pipeline.test_any_application import docker as docker_command

SAMPLE = Path(__file__).with_name("sample_with_alembic")
BRIDGE = "network_mode: bridge # where the database of the tests is\n"
VOLUME = 'volumes: ["kept:/srv/kept", "./compose.yml:/srv/read.yml"]\n'

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def points(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Points]:
    async with Points(tmp_path_factory.mktemp("points") / "points.sock", list) as points:
        yield points


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stack(
    points: Points, tmp_path_factory: pytest.TempPathFactory, postgres: Any, images: Any
) -> AsyncIterator[Stack]:
    """An application beside its database; its second release has a migration that is declared harmless."""
    root, network = tmp_path_factory.mktemp("back"), f"vnext-test-{secrets.token_hex(4)}"
    python = ("--build-arg", f"PYTHON_IMAGE={images.python}")
    await docker_command("build", "-q", "--target", "packages", "-t", PACKAGES, *python, str(SAMPLE))
    await docker_command("network", "create", network)
    await docker_command("network", "connect", "--alias", "database", network, postgres.container_id)
    settings = {**NEW, "deployment_timeout": 60, "smoke_attempts": 5}
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(SWITCH, str(points.path))
            async with installed(root, patch, postgres, images, sample=SAMPLE, **settings) as stack:
                login = f"{postgres.user}:{postgres.password}"
                url = f"postgresql+pg8000://{login}@database/{stack.settings.db_name}"
                patch.setenv("DATABASE_URL", url)
                for folder in (stack.directory, stack.remote.clone):
                    _compose(folder / "compose.yml", network)
                stack.remote.push("Notes")
                stack.start_worker()
                await _deploy(stack)
                _migration(stack, "0002", "0001", "ALTER TABLE notes ADD COLUMN mark text")
                revision = "    revision: SELECT version_num FROM alembic_version\n"
                stack.remote.edit("compose.yml", revision, f"{revision}    harmless: true\n")
                stack.remote.push("Marks")
                await _deploy(stack)
                yield stack
                await stack.stop_worker()
                volume = f"{stack.settings.compose_project_name}_kept"
                for container in stack.containers():
                    container.remove(force=True)
                stack.client.volumes.get(volume).remove()
    finally:
        await docker_command("network", "disconnect", "--force", network, postgres.container_id)
        await docker_command("network", "rm", network)


def _compose(file: Path, network: str) -> None:
    text = file.read_text()
    assert BRIDGE in text
    text = text.replace(BRIDGE, f"networks: [data]\n  {VOLUME}")
    text = "".join(line for line in text.splitlines(keepends=True) if "name: cache" not in line)
    file.write_text(
        f"{text}networks:\n  data: {{external: true, name: {network}}}\nvolumes: {{kept: {{}}}}\n"
    )


def _migration(stack: Stack, number: str, before: str, up: str, down: str = "SELECT 1") -> None:
    lines = [
        *("from alembic import op", "", f'revision, down_revision = "{number}", "{before}"', "", ""),
        *("def upgrade():", f'    op.execute("{up}")', "", ""),
        *("def downgrade():", f'    op.execute("{down}")', ""),
    ]
    (stack.remote.clone / f"migrations/versions/{number}_more.py").write_text("\n".join(lines))


async def _deploy(stack: Stack) -> None:
    view = await stack.deploy()
    assert view.run.state is RunState.SUCCEEDED, view.run.failure


async def _previous(stack: Stack) -> Release:
    project = await stack.store.releases.project_by_id(stack.project.id)
    release = await stack.store.releases.get(project.previous_release_id or 0)  # type: ignore[arg-type]
    assert release is not None
    return release


async def _production(stack: Stack) -> dict[str, Any]:
    """What may not change: containers as they run, volumes, releases, and the data."""
    connection = await connect(stack.settings.application)
    try:
        tables = await connection.fetch("SELECT relname, relfilenode FROM pg_class WHERE relkind = 'r'")
        rows = await connection.fetch("SELECT * FROM notes") if _has_notes(tables) else []
    finally:
        await connection.close()
    project = await stack.store.releases.project_by_id(stack.project.id)
    return {
        "containers": {c.name: (c.id, c.attrs["State"]["StartedAt"]) for c in stack.containers()},
        "volumes": sorted(
            v.name
            for v in stack.client.volumes.list()
            if v.name.startswith(stack.settings.compose_project_name)
        ),
        "tables": {row["relname"]: row["relfilenode"] for row in tables},
        "rows": [tuple(row) for row in rows],
        "releases": (project.live_release_id, project.previous_release_id, project.schema_revision),
    }


def _has_notes(tables: Any) -> bool:
    return any(row["relname"] == "notes" for row in tables)


def _of_the_copy(stack: Stack, run: RunId) -> list[Any]:
    label = f"com.docker.compose.project={copy_project(stack.settings.compose_project_name, run)}"
    return list(stack.client.containers.list(all=True, ignore_removed=True, filters={"label": label}))


def _left(stack: Stack, run: RunId) -> list[str]:
    """Containers, networks and volumes of the run, but the services that a deploy has started."""
    label = {"label": f"{RUN_LABEL}={run}"}
    containers = stack.client.containers.list(all=True, ignore_removed=True, filters=label)
    found = [*containers, *stack.client.networks.list(filters=label)]
    names = [one.name for one in found if stack.settings.compose_project_name in one.name]
    copy = copy_project(stack.settings.compose_project_name, run)
    return sorted([*names, *(v.name for v in stack.client.volumes.list() if v.name.startswith(copy))])


def _tried(view: RunView) -> Tried:
    row = view.stage(StageName.TRIAL)
    assert row is not None
    assert isinstance(row.result, Tried), view.run.failure
    return row.result


async def test_the_way_back_works_and_production_is_as_it_was(stack: Stack) -> None:
    before, goal = await _production(stack), await _previous(stack)
    asked = await stack.request(RunKind.ROLLBACK_DRILL)
    seen: dict[str, Any] = {}

    def look(view: RunView) -> bool:
        seen.update({c.labels["com.docker.compose.service"]: c.attrs for c in _of_the_copy(stack, asked.id)})
        return view.run.state.final

    view = await stack.until(asked.id, look)
    tried = _tried(view)
    assert view.run.exit_code is ExitCode.SUCCESS
    assert (tried.release_id, tried.commit, tried.schema) == (goal.id, goal.short_sha, "0002")
    assert not tried.with_data
    judged = {check.name: check.ok for check in tried.checks if check.judged}
    assert judged == {"health": True, "notes": True, "port": True}
    assert tried.cut == [
        f"only to be read: {stack.directory / 'compose.yml'} of jobs",
        "ports of web",
        f"only to be read: {stack.directory / 'compose.yml'} of web",
        "not started: cache",
        "empty: kept",
        "checks left out: telegram, logs",
    ]
    assert seen.keys() == {"web", "jobs"}
    for service, attrs in seen.items():
        assert attrs["Image"] == goal.images[service]
        assert list(attrs["NetworkSettings"]["Networks"]) == [
            f"{stack.settings.compose_project_name}-run-{asked.id}-trial-network"
        ]
        assert attrs["HostConfig"]["PortBindings"] in ({}, None)
        assert attrs["HostConfig"]["RestartPolicy"]["Name"] in ("no", "")
        assert [m["Name"] for m in attrs["Mounts"] if m["Type"] == "volume"] == [
            f"{copy_project(stack.settings.compose_project_name, asked.id)}_kept"
        ]
        assert not any(m["RW"] for m in attrs["Mounts"] if m["Type"] == "bind")
    assert await _production(stack) == before
    assert _left(stack, asked.id) == []


async def test_cancelled_it_leaves_nothing_and_what_a_killed_worker_left_goes(
    stack: Stack, points: Points
) -> None:
    before = await _production(stack)
    asked = await stack.request(RunKind.ROLLBACK_DRILL)
    await stack.until(asked.id, lambda _: len(_of_the_copy(stack, asked.id)) > 0)
    await stack.store.runs.cancel(asked.id, "tester")
    view = await stack.end(asked.id)
    assert view.run.state is RunState.CANCELLED
    assert _left(stack, asked.id) == []

    reached = points.expect(StageName.TRIAL, Point.ACTED)
    asked = await stack.request(RunKind.ROLLBACK_DRILL)
    async with asyncio.timeout(PATIENCE):
        await reached
    await stack.stop_worker()
    project = stack.settings.compose_project_name
    copy, labels = (
        copy_project(project, asked.id),
        {RUN_LABEL: str(asked.id), PROJECT_LABEL: project},
    )
    labels |= {"com.docker.compose.project": copy, "com.docker.compose.oneoff": "False"}
    stack.client.volumes.create(f"{copy}_old", labels=labels)
    network = stack.client.networks.create(f"{project}-run-{asked.id}-trial-network", labels=labels)
    stack.client.containers.run(
        (await _previous(stack)).images["web"],
        ["sleep", "600"],
        name=f"{copy}-old-1",
        labels=labels,
        network=network.id,
        volumes={f"{copy}_old": {"bind": "/old", "mode": "rw"}},
        detach=True,
    )
    stack.start_worker()
    view = await stack.end(asked.id)
    assert view.run.state is RunState.SUCCEEDED, view.run.failure
    assert await stack.begun(asked.id, StageName.TRIAL) == 2
    assert _left(stack, asked.id) == []
    assert await _production(stack) == before


async def test_the_schema_goes_down_as_a_rollback_would_take_it_and_then_the_code_alone_cannot_work(
    stack: Stack,
) -> None:
    """At last only with the data of then it works: what is between declares no way for the code alone."""
    _migration(stack, "0003", "0002", "ALTER TABLE notes ADD COLUMN more text", "ALTER TABLE notes DROP more")
    stack.remote.edit("compose.yml", "harmless: true", 'down: [alembic, downgrade, "{revision}"]')
    stack.remote.push("More")
    await _deploy(stack)
    before = await _production(stack)
    view = await stack.end((await stack.request(RunKind.ROLLBACK_DRILL)).id)
    assert (_tried(view).schema, _tried(view).with_data) == ("0002", False)
    assert await _production(stack) == before

    _migration(stack, "0004", "0003", "ALTER TABLE notes RENAME TO memos")
    stack.remote.edit("compose.yml", 'down: [alembic, downgrade, "{revision}"]', "harmless: true")
    stack.remote.edit("web.py", "SELECT title FROM notes", "SELECT title FROM memos")
    stack.remote.push("Memos")
    await _deploy(stack)
    before, goal = await _production(stack), await _previous(stack)
    code, out, err = await command(stack, "drill", "--rollback")
    assert code == ExitCode.BACKUP_FAILED, (out, err)
    view = await _newest(stack)
    failure = view.run.failure
    assert failure is not None
    assert failure.stage is StageName.TRIAL
    where = f"release {goal.id} ({goal.short_sha})"
    assert failure.what == f"The way back to {where} does not work. On a copy: Its checks failed: notes."
    assert failure.production == NOTHING_CHANGED
    assert 'relation "notes" does not exist' in failure.log
    assert "The way back does not work" in out
    assert _left(stack, view.run.id) == []

    first = min(one.id for one in (await stack.store.releases.kept(stack.project.id)).all)
    code, out, err = await command(stack, "drill", "--rollback", str(first))
    assert code == ExitCode.SUCCESS, (out, err)
    tried = _tried(await _newest(stack))
    assert (tried.release_id, tried.schema, tried.with_data) == (first, "0001", True)
    assert await _production(stack) == before
    assert list(await stack.store.history.ways_back_proven(stack.project.id)) == [first]


async def _newest(stack: Stack) -> RunView:
    return await stack.store.runs.view(RunId(await stack.store.pool.fetchval("SELECT max(id) FROM runs")))
