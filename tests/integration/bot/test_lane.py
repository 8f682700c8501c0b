"""Nothing that the bot says is lost, and it arrives in order, whatever Telegram does."""

from __future__ import annotations

import pytest

from demo.botapi import ChatMessage
from pipeline.model.errors import NOTHING_CHANGED
from pipeline.model.run import Failure
from pipeline.model.states import ApprovalState, ExitCode, RunState, StageName
from tests.integration.bot.house import MASTER, TOKEN, Hand, House

FAILURE = Failure(
    stage=StageName.TEST,
    what="2 tests failed.",
    production=NOTHING_CHANGED,
    advice="Mend them.",
)


async def _failed(hand: Hand) -> None:
    await hand.finish(RunState.FAILED, ExitCode.TEST_FAILED, FAILURE)


async def _said(house: House, *words: str) -> list[ChatMessage]:
    return [message for message in await house.bot_messages() if all(word in message.text for word in words)]


async def test_order_is_kept_while_telegram_asks_to_wait_and_taps_are_answered_meanwhile(
    house: House,
) -> None:
    help_ = await house.read("What I can do")
    house.telegram.faults.add("flood", "sendMessage", times=1, retry_after=12)
    for number in range(2):
        await house.master.say(f"/nothing{number}")
    answer = await house.master.tap(help_, "Back up", timeout=10)
    assert answer is not None
    await house.master.say("/nothing2")
    await house.read("I do not know /nothing2.")
    await house.read("🕓 Requested · Backup")
    answers = [message.text.split(".")[0] for message in await _said(house, "I do not know")]
    assert answers == [f"I do not know /nothing{number}" for number in range(3)]


async def test_a_result_from_an_outage_is_told_afterwards_and_once(house: House) -> None:
    hand = await house.requested()
    card = await house.read("▶️ Running · Deploy")
    await house.telegram.stop()
    await hand.begin(StageName.TEST)
    await hand.tell(StageName.TEST, "this line is out of date when Telegram is back")
    await house.check("telegram", lambda check: "Cannot connect" in check.get("detail", ""))
    await _failed(hand)
    await house.store.pool.execute(  # as if the outage had lasted for a week
        "UPDATE runs SET finished_at = finished_at - interval '7 days'"
    )
    await house.store.pool.execute("UPDATE homes SET known_since = known_since - interval '7 days'")
    await house.telegram.start()
    await house.read("Deploy failed, nothing changed", "2 tests failed.")
    final = await house.read("❌ Failed · Deploy")
    assert (final.id, final.edits) == (card.id, card.edits + 1)  # the states in between were never sent
    await house.stop()
    house.start()
    await house.master.say("/nothing")
    await house.read("I do not know /nothing.")
    assert len(await _said(house, "Deploy failed, nothing changed")) == 1


async def test_what_arrived_though_the_connection_broke_is_not_repeated(house: House) -> None:
    hand = await house.requested()
    await house.read("▶️ Running · Deploy")
    house.telegram.faults.add("drop_after", "sendMessage", times=1)
    await _failed(hand)

    async def noted() -> bool:
        card = await house.store.cards.get("result", hand.run.id, MASTER)
        return card is not None and card.final

    await house.until(noted, "the result is told")
    assert len(await _said(house, "Deploy failed, nothing changed")) == 1


async def test_what_did_not_arrive_before_the_connection_broke_is_sent(house: House) -> None:
    hand = await house.requested()
    await house.read("▶️ Running · Deploy")
    await house.master.say("A message of another id")
    house.telegram.faults.add("drop", "sendMessage", times=1)
    await _failed(hand)
    await house.read("Deploy failed, nothing changed")
    assert len(await _said(house, "Deploy failed, nothing changed")) == 1


async def test_a_journal_that_goes_away_between_sending_and_noting_repeats_nothing(house: House) -> None:
    """The database refuses the note; the message is out."""
    await house.store.pool.execute(
        "CREATE FUNCTION away() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION USING ERRCODE = '08006'; END $$;"
        "CREATE TRIGGER away BEFORE UPDATE ON cards FOR EACH ROW EXECUTE FUNCTION away();"
    )
    hand = await house.requested()
    card = await house.read("▶️ Running · Deploy")
    await hand.begin(StageName.PULL)
    assert (await house.read("▶️ pull")).id == card.id
    await house.store.pool.execute("DROP TRIGGER away ON cards")
    await _failed(hand)
    await house.read("Deploy failed, nothing changed")
    assert (await house.read("❌ Failed · Deploy")).id == card.id
    assert len(await house.bot_messages()) == 3  # help, run, result


async def test_who_blocked_the_bot_gets_card_and_result_in_order_once_he_is_back(house: House) -> None:
    hand = await house.requested()
    await house.read("▶️ Running · Deploy")
    await house.master.block()
    approval = await hand.ask()
    await house.check("telegram", lambda check: "blocked by the user" in check.get("detail", ""))
    await house.store.approvals.close(approval.id, hand.run.epoch, ApprovalState.EXPIRED)
    await _failed(hand)
    await house.master.unblock()
    await house.master.say("/nothing")
    await house.read("I do not know /nothing.")
    await house.read("❌ Failed · Deploy")
    await house.read("Deploy failed, nothing changed")
    assert len(await _said(house, "Deploy failed, nothing changed")) == 1


async def test_an_answer_that_waits_through_restarts_is_no_poison(house: House) -> None:
    await house.all_handled()
    house.telegram.faults.add("error", "sendMessage", seconds=3600)
    await house.master.say("/nothing")

    async def tried() -> bool:
        found = "SELECT count(*) FROM inbox WHERE attempts = 1 AND handled_at IS NULL"
        return bool(await house.store.pool.fetchval(found))

    await house.until(tried, "the update was tried")
    await house.stop()
    await house.store.pool.execute("UPDATE inbox SET attempts = 2 WHERE handled_at IS NULL")
    await house.restart_in_vain()
    house.start()
    await house.read("I do not know /nothing.")
    assert await _said(house, "could not be handled") == []


async def test_a_plan_that_master_deleted_comes_back(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.progress.CHECK_SECONDS", 0.1)
    hand = await house.requested()
    await hand.ask()
    plan = await house.read("Approve?")
    house.telegram.world.call(TOKEN, "deleteMessage", {"chat_id": MASTER, "message_id": plan.id})
    anew: list[ChatMessage] = []

    async def back() -> bool:
        await house.store.pool.execute("SELECT pg_notify('pipeline', 'look')")
        anew.extend(message for message in await _said(house, "Approve?") if message.id > plan.id)
        return bool(anew)

    await house.until(back, "the plan is there again")
    await house.master.tap(anew[0], "Approve")
    assert (await house.read("Approved by Ada")).id == anew[0].id
