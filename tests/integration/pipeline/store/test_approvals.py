"""Plans wait for an answer that counts once, in time."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from pipeline.model.errors import StaleEpoch
from pipeline.model.plan import Approval, Plan, Side
from pipeline.model.run import Failure, Run
from pipeline.model.states import ApprovalState, ExitCode, RunKind, RunState, StageName
from pipeline.store.chat import Subject
from pipeline.store.store import Store

APPROVED, REJECTED = ApprovalState.APPROVED, ApprovalState.REJECTED
EXPIRED, VOIDED, SUPERSEDED = ApprovalState.EXPIRED, ApprovalState.VOIDED, ApprovalState.SUPERSEDED
CHAT = 42


def _soon(seconds: float = 60) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


def _plan(run: Run) -> Plan:
    """Its services are in an order that jsonb does not keep."""
    images = {"worker": "sha256:w", "app": "sha256:a"}
    live = Side(sha="b" * 40, branch="main", images=images, compose_hash="d", since=_soon(-9999))
    return Plan(
        run_id=run.id,
        kind=RunKind.DEPLOY,
        project="agent",
        live=live,
        goal=replace(live, sha="a" * 40, since=None),
        subject='Answer <faster> & "better"',
        services=["worker", "app"],
        migration=["alembic", "upgrade", "head"],
        warnings=["Something to know."],
    )


@pytest.fixture
async def approval(store: Store, run: Run) -> Approval:
    return await store.approvals.open(run.epoch, _plan(run), "nonce-1", _soon())


async def _kinds(store: Store, run: Run) -> list[str]:
    return [event["kind"] for event in await store.runs.events(run.id)]


async def test_a_plan_is_put_to_master(store: Store, run: Run) -> None:
    plan, expires = _plan(run), _soon()
    approval = await store.approvals.open(run.epoch, plan, "nonce-1", expires)
    assert approval.plan == plan
    assert approval.plan_hash == plan.hash == approval.plan.hash
    assert (approval.run_id, approval.nonce, approval.state, approval.expires_at) == (
        run.id,
        "nonce-1",
        ApprovalState.PENDING,
        expires,
    )
    assert (approval.answered_by, approval.answered_at) == (None, None)
    assert await store.approvals.of_run(run.id) == approval
    assert await store.approvals.by_nonce("nonce-1") == approval
    assert await store.approvals.by_nonce("nonce-2") is None
    assert (await store.runs.get(run.id)).state is RunState.AWAITING
    assert await _kinds(store, run) == ["requested", "claimed", "awaiting"]


async def test_a_run_has_one_open_plan(store: Store, run: Run, approval: Approval) -> None:
    with pytest.raises(asyncpg.UniqueViolationError, match="approvals_one_pending"):
        await store.approvals.open(run.epoch, _plan(run), "nonce-2", _soon())
    assert await store.approvals.of_run(run.id) == approval


async def test_an_overtaken_executor_puts_no_plan(store: Store, run: Run) -> None:
    assert await store.runs.claim(run.id)
    with pytest.raises(StaleEpoch):
        await store.approvals.open(run.epoch, _plan(run), "nonce-1", _soon())
    assert await store.approvals.of_run(run.id) is None
    assert (await store.runs.get(run.id)).state is RunState.RUNNING


@pytest.mark.parametrize("answer", [APPROVED, REJECTED])
async def test_an_answer_counts_once(
    store: Store, run: Run, approval: Approval, answer: ApprovalState
) -> None:
    answered = await store.approvals.answer("nonce-1", answer, "Master")
    assert answered is not None
    assert (answered.state, answered.answered_by) == (answer, "Master")
    assert answered.answered_at is not None
    for again in (APPROVED, REJECTED):
        assert await store.approvals.answer("nonce-1", again, "Another") is None
    assert not await store.approvals.close(approval.id, run.epoch, EXPIRED)
    assert await store.approvals.of_run(run.id) == answered
    assert await _kinds(store, run) == ["requested", "claimed", "awaiting", str(answer)]


@pytest.mark.usefixtures("approval")
async def test_of_many_taps_at_once_one_counts(store: Store, run: Run) -> None:
    taps = await asyncio.gather(
        *(store.approvals.answer("nonce-1", answer, "Master") for answer in (APPROVED, REJECTED) * 4)
    )
    [counted] = [tap for tap in taps if tap]
    assert await store.approvals.of_run(run.id) == counted
    assert len(await _kinds(store, run)) == 4


async def test_an_unknown_nonce_answers_nothing(store: Store, approval: Approval) -> None:
    assert await store.approvals.answer("nonce-2", APPROVED, "Master") is None
    assert await store.approvals.by_nonce("nonce-1") == approval


async def test_after_the_expiry_no_answer_counts(store: Store, run: Run) -> None:
    approval = await store.approvals.open(run.epoch, _plan(run), "nonce-1", _soon(-0.001))
    assert await store.approvals.answer("nonce-1", APPROVED, "Master") is None
    assert await store.approvals.close(approval.id, run.epoch, EXPIRED)
    assert not await store.approvals.close(approval.id, run.epoch, EXPIRED)
    ended = await store.approvals.of_run(run.id)
    assert ended is not None
    assert (ended.state, ended.answered_by) == (EXPIRED, None)


@pytest.mark.parametrize(
    ("was", "to", "closes"),
    [
        (ApprovalState.PENDING, EXPIRED, True),
        (ApprovalState.PENDING, VOIDED, True),
        (APPROVED, VOIDED, True),
        (APPROVED, EXPIRED, False),
        (REJECTED, VOIDED, False),
        (REJECTED, EXPIRED, False),
        (EXPIRED, VOIDED, False),
        (VOIDED, EXPIRED, False),
        (VOIDED, VOIDED, False),
        (ApprovalState.PENDING, SUPERSEDED, True),
        (APPROVED, SUPERSEDED, True),
        (REJECTED, SUPERSEDED, False),
        (SUPERSEDED, VOIDED, False),
    ],
)
async def test_how_a_plan_may_end(
    store: Store, run: Run, approval: Approval, was: ApprovalState, to: ApprovalState, closes: bool
) -> None:
    await store.pool.execute("UPDATE approvals SET state = $1", was)
    assert await store.approvals.close(approval.id, run.epoch, to) is closes
    ended = await store.approvals.of_run(run.id)
    assert ended is not None
    assert ended.state is (to if closes else was)
    assert await store.approvals.answer("nonce-1", APPROVED, "Master") is None or not closes


async def test_the_newest_plan_of_a_run_is_the_one_that_counts(
    store: Store, run: Run, approval: Approval
) -> None:
    assert await store.approvals.close(approval.id, run.epoch, VOIDED)
    newer = await store.approvals.open(run.epoch, _plan(run), "nonce-2", _soon())
    assert await store.approvals.of_run(run.id) == newer
    assert await store.approvals.answer("nonce-1", APPROVED, "Master") is None


async def test_which_plans_a_chat_is_still_to_be_told(store: Store, run: Run, approval: Approval) -> None:
    async def told() -> list[int]:
        return [plan.id for plan in await store.approvals.to_tell(run.project_id, CHAT)]

    assert await told() == [approval.id]
    await store.cards.show("plan", approval.id, CHAT, message=7, shown="pending", final=False)
    assert await told() == [approval.id]
    await store.approvals.answer("nonce-1", APPROVED, "Master")
    assert [plan.state for plan in await store.approvals.to_tell(run.project_id, CHAT)] == [APPROVED]
    await store.cards.show("plan", approval.id, CHAT, message=7, shown="approved", final=True)
    assert await told() == []
    assert await store.approvals.to_tell(run.project_id, CHAT + 1) == []
    await store.runs.finish(run.id, run.epoch, RunState.SUCCEEDED, ExitCode.SUCCESS, None)
    assert await told() == []


async def test_what_ended_it_is_kept(store: Store, run: Run, approval: Approval) -> None:
    assert await store.approvals.close(
        approval.id, run.epoch, SUPERSEDED, what_changed="main moved", newer="c" * 40
    )
    ended = await store.approvals.of_run(run.id)
    assert ended is not None
    assert (ended.state, ended.what_changed, ended.newer_sha) == (SUPERSEDED, "main moved", "c" * 40)


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (
            Failure(stage=StageName.APPROVE, what="PostgreSQL went away.", production="", advice=""),
            "The run ended while its plan waited: PostgreSQL went away.",
        ),
        (None, "The run ended while its plan waited."),
    ],
)
@pytest.mark.usefixtures("approval")
async def test_a_run_that_ends_leaves_no_plan_waiting(
    store: Store, run: Run, failure: Failure | None, said: str
) -> None:
    await store.runs.finish(run.id, run.epoch, RunState.FAILED, ExitCode.NOT_APPROVED, failure)
    assert await store.approvals.answer("nonce-1", APPROVED, "Master") is None
    ended = await store.approvals.of_run(run.id)
    assert ended is not None
    assert (ended.state, ended.answered_by, ended.what_changed) == (VOIDED, None, said)
    assert await store.approvals.to_tell(run.project_id, CHAT) == []
    assert (await _kinds(store, run))[-2:] == ["voided", "finished"]
    last = await store.pool.fetchrow("SELECT actor, action FROM audit ORDER BY id DESC LIMIT 1")
    assert tuple(last) == ("worker", "plan voided")


async def test_a_run_that_ends_leaves_the_answer_to_its_plan(
    store: Store, run: Run, approval: Approval
) -> None:
    answered = await store.approvals.answer("nonce-1", APPROVED, "Master")
    await store.runs.finish(run.id, run.epoch, RunState.FAILED, ExitCode.NOT_APPROVED, None)
    assert await store.approvals.of_run(run.id) == answered
    assert (answered and answered.id) == approval.id


async def test_who_was_overtaken_voids_no_plan(store: Store, run: Run, approval: Approval) -> None:
    assert await store.runs.claim(run.id)
    with pytest.raises(StaleEpoch):
        await store.runs.finish(run.id, run.epoch, RunState.FAILED, ExitCode.NOT_APPROVED, None)
    assert await store.approvals.of_run(run.id) == approval


async def test_a_plan_is_put_off_once_by_as_much_again(store: Store, run: Run, approval: Approval) -> None:
    put_off = await store.approvals.postpone("nonce-1", "Master")
    assert put_off is not None
    assert put_off.expires_at == approval.expires_at + (approval.expires_at - approval.requested_at)
    assert (put_off.postponed_by, put_off.state) == ("Master", ApprovalState.PENDING)
    assert await store.approvals.postpone("nonce-1", "Master") is None
    close = store.approvals.close
    assert not await close(approval.id, run.epoch, EXPIRED, expiry=approval.expires_at)
    assert await close(approval.id, run.epoch, EXPIRED, expiry=put_off.expires_at)
    assert await store.approvals.postpone("nonce-1", "Master") is None
    trail = await store.pool.fetch("SELECT actor, action FROM audit ORDER BY id")
    assert [tuple(row) for row in trail] == [
        ("tester", "run requested"),
        ("Master", "plan postponed"),
        ("worker", "plan expired"),
    ]


async def test_after_the_expiry_it_is_not_put_off(store: Store, run: Run) -> None:
    await store.approvals.open(run.epoch, _plan(run), "nonce-1", _soon(-0.001))
    assert await store.approvals.postpone("nonce-1", "Master") is None


async def test_a_reason_is_told_with_the_answer_or_once_after_it(
    store: Store, run: Run, approval: Approval
) -> None:
    assert await store.approvals.give_reason(approval, "too early", "Master") is None
    rejected = await store.approvals.answer("nonce-1", REJECTED, "Master")
    assert rejected is not None
    failure = Failure(stage=StageName.APPROVE, what="Master rejected the plan.", production="", advice="")
    await store.runs.finish(run.id, run.epoch, RunState.REJECTED, ExitCode.NOT_APPROVED, failure)
    await store.cards.show("plan", approval.id, CHAT, message=70, shown="x", final=True)
    await store.cards.show("result", run.id, CHAT, message=71, shown="x", final=True)
    told = await store.approvals.give_reason(rejected, "not tonight", "Master")
    assert told is not None
    assert told.reason == "not tonight"
    assert (await store.runs.get(run.id)).failure == replace(
        failure, what="Master rejected the plan: not tonight"
    )
    assert [plan.id for plan in await store.approvals.to_tell(run.project_id, CHAT)] == [approval.id]
    result = await store.cards.get("result", run.id, CHAT)
    assert result is not None
    assert not result.final
    assert await store.approvals.give_reason(rejected, "another", "Master") is None


async def test_which_plan_a_message_is_about(store: Store, run: Run, approval: Approval) -> None:
    await store.approvals.remind(approval)
    [reminder] = await store.approvals.reminders_to_tell(run.project_id, CHAT)
    await store.cards.show("plan", approval.id, CHAT, message=70, shown="x", final=False)
    await store.cards.show("reminder", reminder, CHAT, message=71, shown="x", final=False)
    await store.cards.show("result", run.id, CHAT, message=72, shown="x", final=False)
    await store.cards.show("run", run.id, CHAT, message=73, shown="x", final=False)
    found = [await store.approvals.in_message(CHAT, message) for message in range(70, 75)]
    assert found == [approval, approval, approval, None, None]
    assert await store.approvals.in_message(CHAT + 1, 70) is None


async def test_which_run_a_message_is_about(store: Store, run: Run, approval: Approval) -> None:
    await store.approvals.remind(approval)
    [reminder] = await store.approvals.reminders_to_tell(run.project_id, CHAT)
    shown: list[tuple[Subject, int]] = [
        ("run", run.id),
        ("plan", approval.id),
        ("reminder", reminder),
        ("result", run.id),
        ("push", run.id),
    ]
    for message, (subject, number) in enumerate(shown, 70):
        await store.cards.show(subject, number, CHAT, message=message, shown="x", final=False)
    found = [await store.approvals.run_in_message(CHAT, message) for message in range(70, 76)]
    assert found == [run.id] * 4 + [None, None]
    assert await store.approvals.run_in_message(CHAT + 1, 70) is None


async def test_a_reminder_comes_once_for_each_expiry(store: Store, run: Run, approval: Approval) -> None:
    for _ in range(2):
        await store.approvals.remind(approval)
    [first] = await store.approvals.reminders_to_tell(run.project_id, CHAT)
    assert (await store.approvals.reminder(first)).open
    await store.cards.show("reminder", first, CHAT, message=70, shown="x", final=False)
    put_off = await store.approvals.postpone("nonce-1", "Master")
    assert put_off is not None
    assert not (await store.approvals.reminder(first)).open
    await store.cards.show("reminder", first, CHAT, message=70, shown="y", final=True)
    assert await store.approvals.reminders_to_tell(run.project_id, CHAT) == []
    await store.approvals.remind(put_off)
    [second] = await store.approvals.reminders_to_tell(run.project_id, CHAT)
    await store.approvals.answer("nonce-1", APPROVED, "Master")
    assert await store.approvals.reminders_to_tell(run.project_id, CHAT) == []
    assert (await store.approvals.reminder(second)).approval.state is APPROVED
