"""The command line at the gate while a freeze holds: --yes and y approve nothing without --despite-freeze."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.cli.gate import Gate
from pipeline.cli.operator import operator
from pipeline.cli.shows import Lines
from pipeline.freeze import Freeze
from pipeline.model.plan import Approval
from pipeline.model.states import ApprovalState, RunKind, Source
from pipeline.store.connect import Address
from pipeline.store.store import Store, open_store
from tests.integration.bot.house import make_plan

WEEKEND = Freeze("0 18 * * fri for 62h")
SATURDAY = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
UNTIL = "A freeze holds until 2026-11-30 08:00 UTC: nothing new goes into production before."


@pytest.fixture
async def store(postgres) -> AsyncIterator[Store]:
    database = await postgres.create_database()
    address = Address(
        host=postgres.host,
        port=postgres.port,
        user=postgres.user,
        password=postgres.password,
        database=database,
    )
    async with open_store(address) as store:
        yield store


async def _asked(store: Store, kind: RunKind) -> Approval:
    project = await store.releases.project("agent", "https://example.org/app.git", "main")
    run = await store.runs.claim((await store.runs.request(project.id, kind, source=Source.CLI, by="x")).id)
    assert run is not None
    expires = datetime.now(UTC) + timedelta(minutes=30)
    return await store.approvals.open(run.epoch, make_plan(run), "nonce-1", expires)


async def _shown(store: Store, approval: Approval, *, despite_freeze: bool = False) -> Approval:
    """The plan after the gate has seen it with --yes, on a Saturday."""
    gate = Gate(
        store,
        Lines(),
        lambda: SATURDAY,
        lambda: None,
        WEEKEND,
        sure=True,
        terminal=False,
        despite_freeze=despite_freeze,
    )
    await gate.look(approval)
    found = await store.approvals.of_run(approval.run_id)
    assert found is not None
    return found


async def test_yes_alone_approves_nothing(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    found = await _shown(store, await _asked(store, RunKind.DEPLOY))
    assert found.state is ApprovalState.PENDING
    said = capsys.readouterr().out
    assert f"{UNTIL} With --despite-freeze it is approved all the same.\n" in said
    until = f"{found.expires_at:%H:%M} UTC"
    assert said.endswith(f"So --yes does not approve it. It waits for an answer in the chat until {until}.\n")


async def test_despite_freeze_approves_and_the_audit_says_so(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    found = await _shown(store, await _asked(store, RunKind.DEPLOY), despite_freeze=True)
    assert (found.state, found.despite_freeze) == (ApprovalState.APPROVED, True)
    assert capsys.readouterr().out.endswith(f"Approved despite the freeze by {operator()} by --yes.\n")
    told = "SELECT detail FROM audit WHERE action = 'plan approved'"
    assert '"despite_freeze": true' in await store.pool.fetchval(told)


async def test_a_rollback_is_not_frozen(store: Store) -> None:
    found = await _shown(store, await _asked(store, RunKind.ROLLBACK))
    assert (found.state, found.despite_freeze) == (ApprovalState.APPROVED, False)
