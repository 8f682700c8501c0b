"""A worker that goes away in the middle of a run, and another that goes on."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import pytest

from pipeline.model.run import Run, RunView
from pipeline.model.states import ApprovalState, RunKind, RunState, StageName, StageState
from tests.integration.pipeline.stack import Stack, installed


@pytest.fixture
async def stack(tmp_path, monkeypatch, postgres, images) -> AsyncIterator[Stack]:
    async with installed(tmp_path, monkeypatch, postgres, images) as stack:
        stack.start_worker()
        yield stack


def _is_at(view: RunView, stage: StageName) -> bool:
    row = view.stage(stage)
    assert not view.run.state.final, view.run.failure
    return row is not None and row.state is StageState.RUNNING


async def _cut(stack: Stack, run: Run, stage: StageName) -> None:
    """Another worker takes the place of the one that carries the run, in the middle of the stage."""
    await stack.until(run.id, lambda view: _is_at(view, stage))
    await stack.stop_worker()
    assert not (await stack.store.runs.get(run.id)).state.final
    stack.start_worker()


async def test_cut_in_the_tests_they_are_done_again(stack: Stack) -> None:
    stack.remote.edit("suite.py", "reports = ", "import time; time.sleep(2); reports = ")
    stack.remote.push("Slow tests")
    run = await stack.request(RunKind.DEPLOY)
    await _cut(stack, run, StageName.TEST)
    approval = await stack.plan(run.id)
    assert approval.plan.tests is not None
    assert approval.plan.tests.tests == 2
    assert [
        c.name for c in stack.client.containers.list(all=True, filters={"name": _name(stack, run, "test")})
    ] == []


async def test_cut_in_the_migration_it_is_waited_for_and_not_run_twice(stack: Stack) -> None:
    since = int(time.time()) - 1
    stack.remote.edit("migrate.py", "CODE = 0", "import time; time.sleep(4); CODE = 0")
    stack.remote.push("A slow migration")
    run = await stack.request(RunKind.DEPLOY)
    approval = await stack.plan(run.id)
    assert await stack.store.approvals.answer(approval.nonce, ApprovalState.APPROVED, "tester")
    await _cut(stack, run, StageName.MIGRATE)
    view = await stack.end(run.id)
    assert view.run.state is RunState.SUCCEEDED, view.run.failure
    assert view.run.epoch == 2
    assert _starts(stack, _name(stack, run, "migrate"), since) == 1
    assert (await stack.served())["version"] == "one"
    assert stack.containers(oneoff=True) == []


def _name(stack: Stack, run: Run, stage: str) -> str:
    return f"{stack.settings.compose_project_name}-run-{run.id}-{stage}"


def _starts(stack: Stack, container: str, since: int) -> int:
    """How often Docker started a container of that name."""
    filters = {"container": container, "event": "start"}
    return len(
        list(stack.client.api.events(since=since, until=int(time.time()) + 1, decode=True, filters=filters))
    )
