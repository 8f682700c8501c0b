"""Three applications that nobody tuned for this, each deployed by the real worker."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from docker.errors import ImageNotFound

from pipeline.containers.compose import find_program
from pipeline.model.results import BackedUp, CheckLine, Migrated, Smoked, Tested
from pipeline.model.run import RunView
from pipeline.model.states import ApprovalState, ExitCode, RunKind, RunState, StageName
from pipeline.process import Command, run
from pipeline.wording.markup import plain
from pipeline.wording.plan import plan_body
from tests.integration.pipeline.stack import Stack, installed
from tests.registry import Registry, running_registry

HERE = Path(__file__).parent
PACKAGES = "vnext-local/sample-packages:1"  # kept, so that each run of the tests finds what pip has fetched
NEW = {"startup_wait": 0.5, "smoke_attempts": 20}  # without a health check nobody knows when it is up
NOT_OFFERED = ["database", "telegram", "reactive_worker", "proactive_scheduler", "stats"]


async def docker(*words: str) -> str:
    done = await run(Command(argv=("docker", *words)), timeout=300, check=True)
    return done.stdout.strip()


async def approved(stack: Stack, kind: RunKind = RunKind.DEPLOY) -> tuple[list[str], RunView]:
    """The lines of the plan, and how the run ended."""
    asked = await stack.request(kind)
    approval = await stack.plan(asked.id)
    assert await stack.store.approvals.answer(approval.nonce, ApprovalState.APPROVED, "tester")
    return plain(plan_body(approval.plan)).splitlines(), await stack.end(asked.id)


def checks(view: RunView) -> dict[str, CheckLine]:
    smoked = view.stage(StageName.SMOKE).result
    assert isinstance(smoked, Smoked), view.run.failure
    return {check.name: check for check in smoked.checks}


@pytest.fixture
async def static(tmp_path, monkeypatch, postgres, images) -> AsyncIterator[Stack]:
    sample = HERE / "sample_static"
    async with installed(tmp_path, monkeypatch, postgres, images, sample=sample, **NEW) as stack:
        stack.start_worker()
        yield stack


async def test_a_web_server_with_nothing_but_a_label(static: Stack) -> None:
    first = static.remote.push("A page")
    lines, view = await approved(static)
    assert view.run.state is RunState.SUCCEEDED, view.run.failure
    assert {
        "Services: web",
        "Tests: no tests declared",
        "Backup: the application has no database (x-pipeline.database)",
        "Migration: none",
        f"Smoke test: health, logs; if offered: {', '.join(NOT_OFFERED)}; left out: resources",
        "⚠️ The project declares no tests (x-pipeline.test): nothing was tested.",
    } <= set(lines)
    assert view.stage(StageName.TEST).result == Tested(ran=False, tests=0, threshold=70.0)
    backup = view.stage(StageName.BACKUP).result
    assert isinstance(backup, BackedUp)
    assert (backup.path, backup.note) == (None, "the application has no database (x-pipeline.database)")
    assert view.stage(StageName.MIGRATE).result == Migrated(ran=False)
    found = checks(view)
    assert found["health"].figure.startswith("200 in ")
    assert [name for name, check in found.items() if check.figure == "not offered"] == NOT_OFFERED
    assert [name for name, check in found.items() if check.judged] == ["health", "logs"]

    static.remote.edit("Dockerfile", '"site"]', '"sight"]')
    static.remote.push("A slip")
    view = await static.deploy()
    assert (view.run.state, view.run.exit_code) == (RunState.REVERTED, ExitCode.SMOKE_FAILED)
    assert "The front page (there is no /health) answered 404" in view.run.failure.log
    async with httpx.AsyncClient(trust_env=False) as client:
        assert "<title>one</title>" in (await client.get(static.settings.api_url)).text
    [container] = static.containers()
    assert container.image.labels["org.opencontainers.image.revision"] == first

    asked = await static.request(RunKind.BACKUP)
    view = await static.end(asked.id)
    assert view.run.state is RunState.SUCCEEDED
    assert view.stage(StageName.BACKUP).result == backup


@pytest.fixture
async def alembic(tmp_path, monkeypatch, postgres, images) -> AsyncIterator[Stack]:
    sample = HERE / "sample_with_alembic"
    python = ("--build-arg", f"PYTHON_IMAGE={images.python}")
    await docker("build", "-q", "--target", "packages", "-t", PACKAGES, *python, str(sample))
    address = await docker("inspect", "-f", "{{.NetworkSettings.IPAddress}}", postgres.container_id)
    async with installed(tmp_path, monkeypatch, postgres, images, sample=sample, **NEW) as stack:
        database = f"{postgres.user}:{postgres.password}@{address}/{stack.settings.db_name}"
        monkeypatch.setenv("DATABASE_URL", f"postgresql+pg8000://{database}")
        stack.start_worker()
        yield stack


async def test_several_services_of_which_some_are_switched_on_alembic_migrations(alembic: Stack) -> None:
    await _by_hand(alembic, "up", "--detach", "cache")
    [cache] = alembic.containers()
    alembic.remote.push("Notes")
    lines, view = await approved(alembic)
    assert view.run.state is RunState.SUCCEEDED, view.run.failure
    assert {
        "Services: jobs, web",
        "Migration: alembic upgrade head",
        "⚠️ The project declares no tests (x-pipeline.test): nothing was tested.",
    } <= set(lines)
    assert view.stage(StageName.MIGRATE).result == Migrated(ran=True, before=None, after="0001")
    found = checks(view)
    assert found["health"].figure.endswith("ms, up")
    assert found["notes"].figure.endswith("ms, first")
    assert [check.name for check in found.values() if check.judged] == [
        *("health", "logs", "notes", "port", "cache")
    ]

    migrations = alembic.remote.clone / "migrations/versions"
    second = 'from alembic import op\n\nrevision, down_revision = "0002", "0001"\n\n\n'
    second += "def upgrade():\n    op.execute(\"UPDATE notes SET title = 'second'\")\n"
    (migrations / "0002_second.py").write_text(second)
    alembic.remote.edit("compose.yml", "value: first", "value: second")
    alembic.remote.push("Another first note")
    before = _ids(alembic)
    view = await alembic.deploy()
    assert view.run.state is RunState.SUCCEEDED, view.run.failure
    assert view.stage(StageName.MIGRATE).result == Migrated(ran=True, before="0001", after="0002")
    assert checks(view)["notes"].figure.endswith("ms, second")
    after = _ids(alembic)
    assert {name for name in before if before[name] == after[name]} == {"cache"}
    assert after["cache"] == cache.id

    alembic.remote.edit("compose.yml", "  migrate:\n", "  database: false\n  migrate:\n")
    alembic.remote.edit("compose.yml", "    revision: SELECT version_num FROM alembic_version\n", "")
    alembic.remote.push("No database, it says")
    asked = await alembic.request(RunKind.DEPLOY)
    approval = await alembic.plan(asked.id)
    assert approval.plan.warnings[-1] == (
        "The live release has a database and this commit says that there is none: nothing was backed up."
    )
    assert await alembic.store.approvals.answer(approval.nonce, ApprovalState.REJECTED, "tester")
    assert (await alembic.end(asked.id)).run.state is RunState.REJECTED


def _ids(stack: Stack) -> dict[str, str]:
    return {c.labels["com.docker.compose.service"]: c.id for c in stack.containers()}


async def _by_hand(stack: Stack, *words: str) -> None:
    project = ("-p", stack.settings.compose_project_name, "-f", str(stack.directory / "compose.yml"))
    await run(Command(argv=(*await find_program(), *project, *words)), timeout=60, check=True)


@pytest.fixture
async def registry() -> AsyncIterator[Registry]:
    async with running_registry() as registry:
        yield registry


@pytest.fixture
async def pulled(tmp_path, monkeypatch, postgres, images, registry) -> AsyncIterator[Stack]:
    sample = HERE / "sample_pulled"
    monkeypatch.setenv("SHIPPED", f"{registry.address}/shipped")
    async with installed(tmp_path, monkeypatch, postgres, images, sample=sample, startup_wait=0) as stack:
        stack.start_worker()
        yield stack
        await stack.stop_worker()
        for container in stack.containers():
            container.remove(force=True)
        for row in stack.client.api.images(name=f"{registry.address}/shipped"):
            with contextlib.suppress(ImageNotFound):  # pruned since it was listed
                stack.client.images.remove(row["Id"], force=True)


async def _ship(registry: Registry, python: str, folder: Path, version: str) -> str:
    """Builds and pushes an image, and leaves nothing of it here; its digest."""
    folder.mkdir()
    (folder / version).write_text(f"{version}\n")
    shutil.copy(HERE / "sample_pulled/shipped.Dockerfile", folder / "Dockerfile")
    name = f"{registry.address}/shipped:stable"
    arguments = ("--build-arg", f"PYTHON_IMAGE={python}", "--build-arg", f"VERSION={version}")
    await docker("build", "-q", "-t", name, *arguments, str(folder))
    await docker("push", "-q", name)
    digest = registry.digest("shipped", "stable")
    await docker("rmi", name)
    return f"{registry.address}/shipped@{digest}"


def _serving(stack: Stack) -> tuple[str, list[str]]:
    """What the container tells of itself, and under which digests its image is known."""
    [container] = stack.containers()
    return container.exec_run(["cat", "/version"]).output.decode().strip(), container.image.attrs[
        "RepoDigests"
    ]


async def test_an_image_that_is_only_pulled(
    pulled: Stack, registry: Registry, images, tmp_path: Path
) -> None:
    first = await _ship(registry, images.python, tmp_path / "one", "one")
    pulled.remote.push("Runs what the registry has")
    lines, view = await approved(pulled)
    assert view.run.state is RunState.SUCCEEDED, view.run.failure
    left_out = "health, database, telegram, reactive_worker, proactive_scheduler, stats, resources"
    assert f"Smoke test: logs, version; left out: {left_out}" in lines
    assert checks(view)["version"].figure.startswith("exit code 0 in ")
    assert _serving(pulled) == ("one", [first])

    second = await _ship(registry, images.python, tmp_path / "two", "two")
    view = await pulled.deploy()
    assert view.run.state is RunState.SUCCEEDED, view.run.failure
    assert _serving(pulled) == ("two", [second])

    _, view = await approved(pulled, RunKind.ROLLBACK)
    assert view.run.state is RunState.SUCCEEDED, view.run.failure
    assert _serving(pulled) == ("one", [first])

    pulled.remote.edit("compose.yml", "${SHIPPED}:stable", second)
    pulled.remote.push("Runs exactly this one")
    view = await pulled.deploy()
    assert view.run.state is RunState.SUCCEEDED, view.run.failure
    assert _serving(pulled) == ("two", [second])
