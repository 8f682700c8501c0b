"""The chat is made equal to the journal, whatever happens in between."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest

from pipeline.model.errors import NOTHING_CHANGED
from pipeline.model.run import Failure
from pipeline.model.states import ApprovalState, ExitCode, RunKind, RunState, Source, StageName
from tests.integration.bot.house import GOAL_SHA, MASTER, TOKEN, Hand, House


async def test_one_message_changes_over_the_run_and_the_plan_and_the_result_ring(house: House) -> None:
    hand = await house.requested()
    await hand.begin(StageName.PULL)
    await hand.tell(StageName.PULL, "fetching <origin> & more")
    card = await house.read("▶️ Running · Deploy · sample", "fetching <origin> & more")
    assert f"run {hand.run.id} · asked by Ada ({MASTER})" in card.text
    await hand.succeed(StageName.PULL)
    approval = await hand.ask()
    plan = await house.read("✋ Approve? · Deploy · sample")
    assert plan.labels[:3] == ["Approve", "Reject", "Details"]
    assert plan.id > card.id
    assert plan.raw["reply_to_message"]["message_id"] == card.id
    await house.store.approvals.answer(approval.nonce, ApprovalState.APPROVED, "Ada (1001)")
    await hand.store.runs.move(hand.run.id, hand.run.epoch, RunState.RUNNING)
    answered = await house.read("✅ Approved · Deploy", "Approved by Ada (1001)")
    assert (answered.id, answered.labels) == (plan.id, [])
    await hand.finish(RunState.SUCCEEDED)
    result = await house.read("✅ Deployed · sample")
    assert result.raw["reply_to_message"]["message_id"] == card.id
    final = await house.read("✅ Done · Deploy · sample")
    assert final.id == card.id
    assert final.edits > card.edits
    assert len(await house.bot_messages()) == 4  # help, run, plan, result


async def test_no_secret_is_sent_in_whatever_form(house: House) -> None:
    hand = await house.requested()
    await hand.begin(StageName.PULL)
    forms = [TOKEN, quote(TOKEN, safe=""), base64.b64encode(TOKEN.encode()).decode().rstrip("=")]
    for number, form in enumerate(forms):
        await hand.tell(StageName.PULL, f"asking {number} {form}")
        card = await house.read(f"asking {number} ***")
        assert form[-10:] not in card.text


async def test_a_bot_that_starts_anew_goes_on_in_the_same_messages(house: House) -> None:
    hand = await house.requested()
    await hand.begin(StageName.PULL)
    await hand.ask()
    card = await house.read("✋ Waits for approval")
    plan = await house.read("Approve?")
    await house.stop()
    approval = await house.store.approvals.of_run(hand.run.id)
    assert approval is not None
    assert await house.store.approvals.close(approval.id, hand.run.epoch, ApprovalState.EXPIRED)
    await hand.finish(
        RunState.EXPIRED,
        ExitCode.NOT_APPROVED,
        Failure(
            stage=StageName.APPROVE,
            what="Nobody answered the plan.",
            production=NOTHING_CHANGED,
            advice="Ask again with /deploy.",
        ),
    )
    house.start()
    assert (await house.read("⌛ Expired · Deploy · sample", "Ended")).id == card.id
    closed = await house.read("⌛ Expired · Deploy", "Nobody answered until")
    assert (closed.id, closed.labels) == (plan.id, [])
    result = await house.read("Deploy not approved in time")
    assert result.labels[0] == "Deploy again"
    assert len(await house.bot_messages()) == 4


async def test_a_whole_run_while_the_bot_was_away_is_told_afterwards(empty_house: House) -> None:
    house = empty_house
    house.start()
    await house.master.say("/help")
    await house.read("What I can do")
    await house.stop()
    await house.master.say("/backup")
    house.start()
    hand = await Hand.claim(house.store, house.project)
    await house.stop()
    await hand.finish(RunState.SUCCEEDED)
    house.start()
    assert (await house.read("Backed up · sample", "exit code 0")).labels == []
    await house.read("✅ Done · Backup · sample")


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("flood", {"times": 2, "retry_after": 1}),
        ("error", {"times": 2, "status": 500, "description": "Internal Server Error"}),
        ("html", {"times": 2, "status": 502}),
        ("drop", {"times": 3}),
        ("hang", {"times": 1, "hang_seconds": 0.5}),
    ],
)
async def test_trouble_on_the_way_still_ends_in_the_right_texts(
    house: House, kind: str, options: dict[str, object]
) -> None:
    hand = await house.requested()
    await hand.begin(StageName.PULL)
    card = await house.read("▶️ Running · Deploy")
    house.telegram.faults.add(kind, "sendMessage", **options)
    house.telegram.faults.add(kind, "editMessageText", **options)
    await hand.finish(
        RunState.BROKEN,
        ExitCode.ROLLBACK_FAILED,
        Failure(
            stage=StageName.START,
            what="It did not start.",
            production="CRITICAL: production may be down.",
            advice="Look at production now: /status.",
            log="last <words>",
        ),
    )
    result = await house.read("last <words>")
    assert result.text.startswith("🚨 CRITICAL")
    assert (await house.read("🚨 Broken · Deploy · sample", "Ended")).id == card.id
    assert len(await house.bot_messages()) == 3


async def test_a_card_that_master_deleted_is_sent_anew(house: House) -> None:
    hand = await house.requested()
    card = await house.read("▶️ Running · Deploy")
    house.telegram.world.call(TOKEN, "deleteMessage", {"chat_id": MASTER, "message_id": card.id})
    await hand.finish(RunState.SUCCEEDED)
    assert (await house.read("✅ Done · Deploy")).id > card.id


async def test_what_telegram_cannot_parse_arrives_as_plain_text(house: House) -> None:
    house.telegram.faults.add(
        "error",
        "sendMessage",
        status=400,
        description='Bad Request: can\'t parse entities: Unsupported start tag "x" at byte offset 0',
    )
    hand = await house.requested()
    card = await house.read(f"run {hand.run.id}")
    assert not card.raw.get("entities")


async def test_who_blocks_the_bot_gets_everything_once_he_comes_back(house: House) -> None:
    await house.master.block()
    hand_run = await house.store.runs.request(
        house.project.id, kind=RunKind.BACKUP, source=Source.CLI, by="someone on the machine"
    )
    await house.check("telegram", lambda check: "blocked by the user" in check.get("detail", ""))
    await house.master.unblock()
    await house.master.say("/help")
    await house.read(f"run {hand_run.id}", "someone on the machine")
    _, body = await house.health()
    assert body["checks"]["telegram"] == {"status": "ok"}


async def test_a_silent_worker_is_told_on_the_card(house: House) -> None:
    await house.observe(at=datetime.now(UTC) - timedelta(hours=2))
    await house.requested()
    await house.read("▶️ Running · Deploy", "The worker has been silent for 2 h 00 min")


async def test_the_plan_of_an_approved_run_that_is_voided_says_so(house: House) -> None:
    hand = await house.requested()
    approval = await hand.ask()
    plan = await house.read("Approve?")
    await house.store.approvals.answer(approval.nonce, ApprovalState.APPROVED, "Ada (1001)")
    await house.read("Approved by Ada")
    await house.store.approvals.close(approval.id, hand.run.epoch, ApprovalState.VOIDED)
    voided = await house.read("⚪ Voided · Deploy", "It was approved by Ada (1001)")
    assert voided.id == plan.id
    assert GOAL_SHA[:7] in voided.text
