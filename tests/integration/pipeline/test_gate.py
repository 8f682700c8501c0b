"""The gate: an approval counts once, in time, and for exactly what was shown."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from pipeline.model.errors import ActiveRun
from pipeline.model.plan import Approval
from pipeline.model.run import RunView
from pipeline.model.states import ApprovalState, ExitCode, RunKind, RunState, Source, StageName, StageState
from tests.integration.pipeline.stack import Stack, with_a_second_version


@pytest.fixture
async def stack(tmp_path, monkeypatch, postgres, images) -> AsyncIterator[Stack]:
    async with with_a_second_version(tmp_path, monkeypatch, postgres, images) as stack:
        yield stack


async def _approved(stack: Stack, approval: Approval) -> RunView:
    assert await stack.store.approvals.answer(approval.nonce, ApprovalState.APPROVED, "tester")
    return await stack.end(approval.run_id)


async def test_no_means_no_and_a_second_answer_changes_nothing(stack: Stack) -> None:
    approval = await stack.asked()
    with pytest.raises(ActiveRun, match=r"Run \d+ \(deploy, asked by tester\) is under way at stage approve"):
        await stack.request(RunKind.BACKUP)
    assert await stack.store.approvals.answer(approval.nonce, ApprovalState.REJECTED, "tester")
    assert await stack.store.approvals.answer(approval.nonce, ApprovalState.APPROVED, "tester") is None
    view = await stack.end(approval.run_id)
    assert (view.run.state, view.run.exit_code) == (RunState.REJECTED, ExitCode.NOT_APPROVED)
    assert (await stack.served())["version"] == "one"
    assert view.stage(StageName.STOP).state is StageState.SKIPPED


async def test_silence_means_no(stack: Stack) -> None:
    approval = await stack.asked()
    await stack.store.pool.execute("UPDATE approvals SET expires_at = now() WHERE id = $1", approval.id)
    assert await stack.store.approvals.answer(approval.nonce, ApprovalState.APPROVED, "tester") is None
    await stack.stop_worker()  # whoever waits reads the expiry anew
    stack.start_worker()
    view = await stack.end(approval.run_id)
    assert (view.run.state, view.run.exit_code) == (RunState.EXPIRED, ExitCode.NOT_APPROVED)


async def test_a_newer_push_voids_the_answer(stack: Stack) -> None:
    approval = await stack.asked()
    stack.remote.edit("app.py", 'VERSION = "two"', 'VERSION = "three"')
    stack.remote.push("The third version")
    view = await _approved(stack, approval)
    assert (view.run.state, view.run.exit_code) == (RunState.VOIDED, ExitCode.NOT_APPROVED)
    assert "Branch main moved" in view.run.failure.what
    assert (await stack.served())["version"] == "one"


async def test_a_newer_push_voids_a_push_but_not_a_commit_named_on_purpose(stack: Stack) -> None:
    sha = stack.remote.git("rev-parse", "HEAD")
    asked = await stack.plan((await stack.request(RunKind.DEPLOY, sha, Source.PUSH)).id)
    assert asked.plan.goal.branch == "main"
    stack.remote.edit("app.py", 'VERSION = "two"', 'VERSION = "three"')
    stack.remote.push("The third version")
    assert (await _approved(stack, asked)).run.state is RunState.VOIDED
    view = await _approved(stack, await stack.plan((await stack.request(RunKind.DEPLOY, sha)).id))
    assert view.run.state is RunState.SUCCEEDED, view.run.failure
    assert (await stack.served())["version"] == "two"


async def test_drift_of_production_voids_the_answer(stack: Stack) -> None:
    approval = await stack.asked()
    await stack.stop_worker()  # nobody sees it happen
    [container] = stack.containers()
    await asyncio.to_thread(container.remove, force=True)
    assert await stack.store.approvals.answer(approval.nonce, ApprovalState.APPROVED, "tester")
    stack.start_worker()
    view = await stack.end(approval.run_id)
    assert view.run.state is RunState.VOIDED
    assert "Production changed" in view.run.failure.what


async def test_a_restarted_worker_goes_on_with_the_same_plan(stack: Stack) -> None:
    approval = await stack.asked()
    await stack.stop_worker()
    assert (await stack.store.runs.get(approval.run_id)).state is RunState.AWAITING
    stack.start_worker()
    view = await _approved(stack, approval)
    assert view.run.state is RunState.SUCCEEDED, view.run.failure
    assert view.run.epoch == 2
    assert (await stack.served())["version"] == "two"
