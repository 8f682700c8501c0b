"""The road of a deploy, a rollback and a backup on a real engine, database and remote."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pipeline.model.results import BackedUp, Reverted, Tested
from pipeline.model.states import ApprovalState, ExitCode, RunKind, RunState, StageName, StageState
from tests.integration.pipeline.stack import Stack, installed


@pytest.fixture
async def stack(tmp_path, monkeypatch, postgres, images) -> AsyncIterator[Stack]:
    async with installed(tmp_path, monkeypatch, postgres, images) as stack:
        stack.start_worker()
        yield stack


async def test_a_good_commit_becomes_live_and_a_bad_one_never_stays(stack: Stack) -> None:
    first = stack.remote.push("The first version")
    view = await stack.deploy()
    assert view.run.state is RunState.SUCCEEDED, view.run.failure
    assert view.run.exit_code is ExitCode.SUCCESS
    assert view.run.sha == first
    assert [s.state for s in view.stages] == [StageState.SUCCEEDED] * 13
    assert (await stack.served())["version"] == "one"
    [container] = stack.containers()
    labels = container.image.labels
    assert labels["org.opencontainers.image.revision"] == first
    assert labels["deployment.branch"] == "main"
    assert labels["deployment.run"] == str(view.run.id)
    assert labels["org.opencontainers.image.version"].endswith(first[:7])
    assert container.attrs["Config"]["Image"].split(":")[1].startswith(first[:12])
    tested = view.stage(StageName.TEST).result
    assert isinstance(tested, Tested)
    assert (tested.tests, tested.coverage) == (2, 90.0)
    backup = view.stage(StageName.BACKUP).result
    assert isinstance(backup, BackedUp)
    dump = Path(backup.path)
    assert dump.stat().st_size == backup.bytes > 0
    assert dump.read_bytes()[:4] == bytes.fromhex("28b52ffd")  # of zstd
    report = json.loads(Path(view.stage(StageName.REPORT).result.json_path).read_text())
    assert report["run"]["state"] == "succeeded"

    stack.remote.edit("app.py", 'VERSION = "one"', 'VERSION = "two"')
    stack.remote.edit("app.py", '{"uptime_seconds"', '{"uptime"')
    stack.remote.edit("app.py", "HEALTHY = True", "HEALTHY = False")
    stack.remote.push("Serves, but is not well")
    view = await stack.deploy()
    assert (view.run.state, view.run.exit_code) == (RunState.REVERTED, ExitCode.SMOKE_FAILED)
    assert view.run.failure.stage is StageName.SMOKE
    assert first[:7] in view.run.failure.production
    assert isinstance(view.stage(StageName.REVERT).result, Reverted)
    assert (await stack.served())["version"] == "one"
    [container] = stack.containers()
    assert container.image.labels["org.opencontainers.image.revision"] == first


async def test_before_the_switch_a_failure_changes_nothing(stack: Stack) -> None:
    stack.remote.push("The first version")
    await stack.deploy()
    [before] = stack.containers()

    stack.remote.edit("suite.py", "FAILS = False", "FAILS = True")
    stack.remote.push("A failing test")
    view = await stack.deploy()
    assert (view.run.state, view.run.exit_code) == (RunState.FAILED, ExitCode.TEST_FAILED)
    assert "suite::test_answer" in view.run.failure.what
    assert view.run.failure.log == "suite::test_answer\n  no"
    assert view.stage(StageName.STOP).state is StageState.SKIPPED

    stack.remote.edit("suite.py", "FAILS = True", "FAILS = False")
    stack.remote.edit("suite.py", "COVERED = 90", "COVERED = 69")
    stack.remote.push("Too little coverage")
    view = await stack.deploy()
    assert (view.run.state, view.run.exit_code) == (RunState.FAILED, ExitCode.TEST_FAILED)
    assert view.run.failure.what == "Coverage is 69.0 %, below COVERAGE_THRESHOLD (70 %)."

    stack.remote.edit("suite.py", "COVERED = 69", "COVERED = 90")
    stack.remote.edit("Dockerfile", "WORKDIR /srv", "WORKDIR /srv\nRUN echo no disk left >&2; exit 3")
    stack.remote.push("Does not build")
    view = await stack.deploy()
    assert view.run.state is RunState.FAILED
    assert view.run.exit_code in (ExitCode.BUILD_FAILED, ExitCode.TEST_FAILED)
    assert "no disk left" in view.run.failure.log

    view = await stack.deploy("no-such-branch")
    assert (view.run.state, view.run.exit_code) == (RunState.FAILED, ExitCode.DEPLOY_FAILED)
    assert "no-such-branch" in view.run.failure.what

    [after] = stack.containers()
    assert (after.id, after.attrs["State"]["StartedAt"]) == (before.id, before.attrs["State"]["StartedAt"])


async def test_a_failing_migration_brings_the_previous_release_back(stack: Stack) -> None:
    first = stack.remote.push("The first version")
    await stack.deploy()
    stack.remote.edit("migrate.py", "CODE = 0", "CODE = 1")
    stack.remote.push("A migration with a slip")
    view = await stack.deploy()
    assert (view.run.state, view.run.exit_code) == (RunState.REVERTED, ExitCode.DEPLOY_FAILED)
    assert view.run.failure.stage is StageName.MIGRATE
    assert "CREAT" in view.run.failure.log
    [container] = stack.containers()
    assert container.image.labels["org.opencontainers.image.revision"] == first
    assert stack.containers(oneoff=True) == []
    assert (await stack.served())["version"] == "one"


async def test_each_release_comes_back_with_its_own_compose_file(stack: Stack) -> None:
    first = stack.remote.push("The first version")
    await stack.deploy()
    stack.remote.edit("app.py", 'VERSION = "one"', 'VERSION = "two"')
    stack.remote.edit("compose.yml", "    labels:", "    environment: {FLAVOUR: second}\n    labels:")
    stack.remote.push("The second version, with another environment")
    view = await stack.deploy()
    assert view.run.state is RunState.SUCCEEDED, view.run.failure
    [container] = stack.containers()
    assert "FLAVOUR=second" in container.attrs["Config"]["Env"]

    run = await stack.request(RunKind.ROLLBACK)
    approval = await stack.plan(run.id)
    assert approval.plan.goal.sha == first
    assert await stack.store.approvals.answer(approval.nonce, ApprovalState.APPROVED, "tester")
    view = await stack.end(run.id)
    assert view.run.state is RunState.SUCCEEDED, view.run.failure
    [container] = stack.containers()
    assert "FLAVOUR=second" not in container.attrs["Config"]["Env"]
    assert (await stack.served())["version"] == "one"
    name = stack.settings.compose_project_name
    assert stack.client.images.get(f"{name}:live").labels["org.opencontainers.image.revision"] == first


async def test_what_runs_before_the_first_deploy_is_what_a_failure_goes_back_to(stack: Stack) -> None:
    stack.remote.push("The first version")
    await stack.deploy()
    live = (await stack.store.releases.project_by_id(stack.project.id)).live_release_id
    await stack.store.pool.execute("UPDATE projects SET live_release_id = NULL, previous_release_id = NULL")
    await _waits_less(stack, 30)
    stack.remote.edit("app.py", "LIVE = True", "LIVE = False")
    stack.remote.push("Never gets healthy")
    view = await stack.deploy()
    assert (view.run.state, view.run.exit_code) == (RunState.REVERTED, ExitCode.DEPLOY_FAILED)
    assert view.run.failure.stage is StageName.WAIT
    assert view.run.live_release_id not in (None, live)
    assert (await stack.served())["status"] == "ok"


async def test_when_the_way_back_fails_too_it_is_said_in_capitals(stack: Stack) -> None:
    await _waits_less(stack, 10)  # there is no way back that would need longer
    stack.remote.edit("app.py", "LIVE = True", "LIVE = False")
    stack.remote.push("The very first version, and it is broken")
    view = await stack.deploy()
    assert (view.run.state, view.run.exit_code) == (RunState.BROKEN, ExitCode.ROLLBACK_FAILED)
    assert view.run.failure.production.startswith("CRITICAL")


async def test_a_disk_that_refuses_ends_the_run_and_changes_nothing(stack: Stack) -> None:
    stack.remote.push("The first version")
    await stack.deploy()
    runs = stack.settings.state_dir / "runs"
    runs.rmdir()
    runs.write_text("a file where the worker wants a folder")
    view = await stack.deploy()
    assert (view.run.state, view.run.exit_code) == (RunState.FAILED, ExitCode.DEPLOY_FAILED)
    assert view.run.failure.stage is StageName.PULL
    assert view.run.failure.what.startswith("The worker's disk refused: ")
    assert (await stack.served())["version"] == "one"


async def _waits_less(stack: Stack, seconds: float) -> None:
    """A worker that gives a release so long to get healthy."""
    await stack.stop_worker()
    stack.settings = stack.settings.model_copy(update={"deployment_timeout": seconds})
    stack.start_worker()
