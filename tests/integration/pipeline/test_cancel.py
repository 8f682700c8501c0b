"""`cancel` as a process: wherever the run is before the switch, it ends; after it, it is refused."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.cli.operator import operator
from pipeline.model.run import RunView
from pipeline.model.states import ApprovalState, RunKind, RunState, StageName, StageState
from tests.chaos.points import Points
from tests.integration.pipeline.command import command, ended, start
from tests.integration.pipeline.stack import PATIENCE, Stack, installed


@pytest.fixture
async def stack(tmp_path: Path, monkeypatch: Any, postgres: Any, images: Any) -> AsyncIterator[Stack]:
    async with installed(tmp_path, monkeypatch, postgres, images) as stack:
        stack.remote.push("The first version")
        yield stack


async def _audit(stack: Stack) -> list[str]:
    rows = await stack.store.pool.fetch("SELECT actor FROM audit WHERE action = 'cancel' ORDER BY id")
    return [row["actor"] for row in rows]


async def test_while_the_worker_is_down_it_waits_for_it(stack: Stack) -> None:
    run = await stack.request(RunKind.DEPLOY)
    code, out, _ = await command(stack, "cancel")
    assert code == 0
    assert out == (
        f"Run 1 (deploy) is cancelled by {operator()}, but the worker has told nothing so far:"
        " it ends the run as soon as it is back. Production is not touched.\n"
    )
    stack.start_worker()
    view = await stack.end(run.id)
    assert (view.run.state, view.run.exit_code) == (RunState.CANCELLED, 5)
    assert all(stage.started_at is None for stage in view.stages)
    assert await _audit(stack) == [operator()]


async def test_before_the_switch_what_runs_is_ended(stack: Stack, points: Points) -> None:
    """Build alone: `cancel` waits some seconds for the end, which the tests beside it would draw out."""
    stack.settings = stack.settings.model_copy(update={"side_by_side": False})
    held = points.expect("build", "intended")
    stack.start_worker()
    following = await start(stack, "deploy", "--yes")
    async with asyncio.timeout(PATIENCE):
        await held
    code, out, _ = await command(stack, "cancel", "1")
    assert (code, out) == (
        0,
        f"Run 1 (deploy): cancelled by {operator()}. Production was not touched.\n",
    )
    code, out, _ = await ended(following)
    assert code == 5
    assert "🛑 Deploy cancelled, nothing changed" in out
    assert f"The run was cancelled by {operator()}." in out
    assert stack.containers(oneoff=True) == []
    code, out, _ = await command(stack, "cancel", "1", "--json")
    assert (code, json.loads(out)["state"]) == (0, "cancelled")
    assert await _audit(stack) == [operator()]


async def test_a_command_under_way_is_ended(stack: Stack) -> None:
    stack.remote.edit("Dockerfile", "COPY app.py", f"RUN sleep 3600 && echo {stack.remote.bare}\nCOPY app.py")
    stack.remote.push("It builds for an hour")
    stack.start_worker()
    run = await stack.request(RunKind.BUILD)

    def builds(view: RunView) -> bool:
        row = view.stage(StageName.BUILD)
        return row is not None and "RUN sleep" in (row.last_line or "")

    await stack.until(run.id, builds)
    await stack.store.runs.cancel(run.id, "Ada (42)")
    view = await stack.end(run.id)
    assert (view.run.state, view.run.exit_code) == (RunState.CANCELLED, 5)
    assert view.run.failure is not None
    assert (view.run.failure.stage, view.run.failure.what) == (
        StageName.BUILD,
        "The run was cancelled by Ada (42).",
    )


async def test_at_the_gate_the_plan_counts_as_rejected(stack: Stack) -> None:
    stack.start_worker()
    approval = await stack.plan((await stack.request(RunKind.DEPLOY)).id)
    assert (await command(stack, "cancel"))[0] == 0
    view = await stack.end(approval.run_id)
    assert (view.run.state, view.run.exit_code) == (RunState.CANCELLED, 5)
    closed = await stack.store.approvals.of_run(approval.run_id)
    assert (closed.state, closed.answered_by) == (ApprovalState.REJECTED, operator())
    assert view.stage(StageName.STOP).state is StageState.SKIPPED
    assert await stack.served() is None


async def test_once_the_switch_began_it_is_refused(stack: Stack, points: Points) -> None:
    held = points.expect("stop", "intended")
    stack.start_worker()
    following = await start(stack, "deploy", "--yes")
    async with asyncio.timeout(PATIENCE):
        hold = await held
    code, out, err = await command(stack, "cancel")
    assert (code, out) == (3, "")
    assert err.startswith("Run 1 (deploy) is switching production already and cannot be cancelled")
    hold.go()
    assert (await ended(following))[0] == 0
    code, _, err = await command(stack, "cancel", "1")
    assert (code, err.split(".")[0]) == (3, "Run 1 (deploy) has ended already: succeeded")


async def test_between_the_answer_and_the_switch_it_still_counts(stack: Stack, points: Points) -> None:
    held = points.expect("approve", "recorded")
    stack.start_worker()
    run = await stack.request(RunKind.DEPLOY)
    approval = await stack.plan(run.id)
    assert await stack.store.approvals.answer(approval.nonce, ApprovalState.APPROVED, "Ada (42)")
    async with asyncio.timeout(PATIENCE):
        await held
    await stack.store.runs.cancel(run.id, "Eve")
    view = await stack.end(run.id)
    assert (view.run.state, view.run.exit_code) == (RunState.CANCELLED, 5)
    closed = await stack.store.approvals.of_run(run.id)
    assert (closed.state, closed.answered_by) == (ApprovalState.VOIDED, "Ada (42)")
    assert await stack.served() is None
