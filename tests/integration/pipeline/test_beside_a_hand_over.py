"""A run of another project and a hand-over of the controller wait for each other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.engine.lock import hold
from pipeline.model.hand_over import Carrier, OneOff
from pipeline.model.run import Run
from pipeline.model.states import ApprovalState, ExitCode, RunKind, RunState, Source, StageName
from pipeline.stages.hand_over import once_nobody_switches
from tests.integration.pipeline.stack import PATIENCE, Stack, installed

ONE = OneOff(service="worker", image="sha256:0", compose_file="/none.yml")


@pytest.fixture
async def stack(tmp_path: Any, monkeypatch: Any, postgres: Any, images: Any) -> AsyncIterator[Stack]:
    async with installed(tmp_path, monkeypatch, postgres, images) as stack:
        yield stack


@pytest.fixture
async def of_itself(stack: Stack) -> Run:
    """A run of the controller, whom no worker here serves, at its hand-over."""
    itself = await stack.store.releases.project("controller", "https://example.org/controller.git", "main")
    asked = await stack.store.runs.request(itself.id, RunKind.DEPLOY, source=Source.CLI, by="tester")
    run = await stack.store.runs.claim(asked.id)
    assert run is not None
    one_offs = dict.fromkeys(Carrier, ONE)
    await stack.store.hand_overs.begin(run.id, run.epoch, one_offs, asked="then", schema=1, code=1)
    return run


async def test_a_deploy_begins_its_switch_once_the_controller_is_replaced(
    stack: Stack, of_itself: Run
) -> None:
    stack.start_worker()
    stack.remote.push("The first version")
    plan = await stack.asked()
    assert await stack.store.hand_overs.let_go(of_itself.id, of_itself.epoch) == []
    assert await stack.store.approvals.answer(plan.nonce, ApprovalState.APPROVED, "tester")

    view = await stack.until(plan.run_id, lambda v: v.current is not None and v.current.waits)
    assert view.current is not None
    assert view.current.name is StageName.STOP
    assert view.current.last_line == f"waits for run {of_itself.id}, in which the controller is replaced"
    assert view.run.switching_at is None
    await stack.stop_worker()  # the hand-over replaces it
    stack.start_worker()
    await stack.until(plan.run_id, lambda v: v.run.epoch > view.run.epoch)
    assert await stack.begun(plan.run_id, StageName.STOP) == 0

    epoch = (await stack.store.runs.get(of_itself.id)).epoch
    await stack.store.runs.finish(of_itself.id, epoch, RunState.SUCCEEDED, ExitCode.SUCCESS, None)
    done = await stack.end(plan.run_id)
    assert done.run.state is RunState.SUCCEEDED, done.run.failure
    stop = done.stage(StageName.STOP)
    assert stop is not None
    assert stop.last_line != view.current.last_line


async def test_the_worker_lets_go_once_the_other_run_has_ended(stack: Stack, of_itself: Run) -> None:
    asked = await stack.request(RunKind.DEPLOY)
    other = await stack.store.runs.claim(asked.id)
    assert other is not None
    said: asyncio.Queue[str] = asyncio.Queue()
    journey: Any = SimpleNamespace(parts=SimpleNamespace(store=stack.store), tell=said.put_nowait)
    async with hold(stack.settings.state_dir, stack.project.name, "worker", stack.settings.journal):
        await stack.store.runs.cross(other.id, other.epoch)
        letting_go = asyncio.create_task(
            once_nobody_switches(
                journey, lambda: stack.store.hand_overs.let_go(of_itself.id, of_itself.epoch)
            )
        )
        async with asyncio.timeout(PATIENCE):
            assert await said.get() == (
                f"waits for run {other.id} (deploy of {stack.project.name}), which is in its switch"
            )
            assert await stack.store.hand_overs.under_way(of_itself.project_id) is None
            await stack.store.runs.finish(other.id, other.epoch, RunState.SUCCEEDED, ExitCode.SUCCESS, None)
            await letting_go
    assert await stack.store.hand_overs.under_way(of_itself.project_id) == of_itself.id
    assert said.empty()
