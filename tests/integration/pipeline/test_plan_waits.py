"""A plan dies while it waits, once it no longer fits; and in a freeze nothing is approved by mistake."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from pipeline.model.plan import Approval
from pipeline.model.results import Approved
from pipeline.model.states import ApprovalState, ExitCode, RunState, StageName
from pipeline.store.remote_moved import tell_remote_moved
from tests.integration.pipeline.stack import Stack, with_a_second_version

ALWAYS = "0 0 * * * for 24h"


@pytest.fixture
async def stack(tmp_path, monkeypatch, postgres, images) -> AsyncIterator[Stack]:
    async with with_a_second_version(tmp_path, monkeypatch, postgres, images) as stack:
        yield stack


async def _ended(stack: Stack, approval: Approval) -> Approval:
    view = await stack.end(approval.run_id)
    assert (view.run.state, view.run.exit_code) == (RunState.VOIDED, ExitCode.NOT_APPROVED)
    found = await stack.store.approvals.by_nonce(approval.nonce)
    assert found is not None
    assert found.what_changed == view.run.failure.what
    assert await stack.store.approvals.answer(found.nonce, ApprovalState.APPROVED, "tester") is None
    return found


async def test_a_newer_push_supersedes_it_at_once(stack: Stack) -> None:
    first = await stack.asked()
    second = stack.remote.push("Told by a hook")
    await tell_remote_moved(stack.settings.journal)
    ended = await _ended(stack, first)
    was, now = first.plan.goal.short_sha, second[:7]
    assert (ended.state, ended.newer_sha) == (ApprovalState.SUPERSEDED, second)
    assert ended.what_changed == f"Branch main moved since the plan was made: from {was} to {now}."
    asked = await stack.asked()
    third = stack.remote.push("Noticed by the bot")
    assert await stack.store.pushes.quiet(stack.project.id, "main", third, datetime.now(UTC))
    assert (await _ended(stack, asked)).newer_sha == third


async def test_a_hint_alone_a_remote_that_is_away_and_a_restart_change_nothing(stack: Stack) -> None:
    approval = await stack.asked()
    await tell_remote_moved(stack.settings.journal)
    stack.remote.bare.rename(stack.remote.bare.with_name("away.git"))
    await tell_remote_moved(stack.settings.journal)
    [container] = stack.containers()
    await asyncio.to_thread(container.restart, timeout=0)
    put_off = await stack.store.approvals.postpone(approval.nonce, "tester")
    assert put_off is not None
    await stack.store.pool.execute("UPDATE approvals SET expires_at = now() WHERE id = $1", approval.id)
    view = await stack.end(approval.run_id)
    assert (view.run.state, view.run.exit_code) == (RunState.EXPIRED, ExitCode.NOT_APPROVED)


async def test_drift_of_production_voids_it_at_once(stack: Stack) -> None:
    approval = await stack.asked()
    [container] = stack.containers()
    await asyncio.to_thread(container.remove, force=True)
    ended = await _ended(stack, approval)
    image = approval.plan.live.images["app"].removeprefix("sha256:")[:12]
    assert ended.state is ApprovalState.VOIDED
    assert ended.what_changed == (
        f"Production changed since the plan was made, other images serve: app was {image} and is gone."
    )


async def test_in_a_freeze_only_an_approval_despite_it_counts(stack: Stack) -> None:
    await stack.stop_worker()
    stack.settings = stack.settings.model_copy(update={"freeze": ALWAYS})
    stack.start_worker()
    approval = await stack.asked()
    assert await stack.store.approvals.answer(approval.nonce, ApprovalState.APPROVED, "tester")
    assert "but not despite the freeze" in ((await _ended(stack, approval)).what_changed or "")
    again = await stack.asked()
    assert again.plan.compose_changes == []
    assert await stack.store.approvals.answer(
        again.nonce, ApprovalState.APPROVED, "tester", reason="a hotfix", despite_freeze=True
    )
    view = await stack.end(again.run_id)
    assert view.run.state is RunState.SUCCEEDED, view.run.failure
    found = view.stage(StageName.APPROVE).result
    assert isinstance(found, Approved)
    assert (found.by, found.despite_freeze, found.reason) == ("tester", True, "a hotfix")
