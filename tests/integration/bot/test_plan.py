"""A plan in the chat: put off, reminded of, looked into, rejected with a reason, frozen, superseded."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from demo.botapi import Answer, ChatMessage
from pipeline.model.errors import NOTHING_CHANGED
from pipeline.model.plan import Approval
from pipeline.model.run import Failure
from pipeline.model.states import ApprovalState, ExitCode, PushState, RunState, Source, StageName
from tests.integration.bot.house import GOAL_SHA, MASTER, PATIENCE, Hand, House, furnished

ADA = f"Ada ({MASTER})"


@pytest.fixture
async def frozen(tmp_path, postgres) -> AsyncIterator[House]:
    async with furnished(tmp_path, postgres, freeze="0 0 * * * for 24h") as house:
        house.start()
        yield house


async def _plan(house: House, hand: Hand) -> Approval:
    found = await house.store.approvals.of_run(hand.run.id)
    assert found is not None
    return found


def _replied_to(message: ChatMessage) -> int | None:
    number: int | None = message.raw.get("reply_to_message", {}).get("message_id")
    return number


async def _nearly_over(house: House, approval: Approval) -> None:
    """It waits since twenty-five minutes and expires in five."""
    since, until = datetime.now(UTC) - timedelta(minutes=25), datetime.now(UTC) + timedelta(minutes=5)
    await house.store.pool.execute(
        "UPDATE approvals SET requested_at = $2, expires_at = $3 WHERE id = $1", approval.id, since, until
    )


async def _superseded(house: House, hand: Hand, newer: str) -> None:
    approval = await _plan(house, hand)
    said = f"Branch main moved since the plan was made: from {GOAL_SHA[:7]} to {newer[:7]}."
    state = ApprovalState.SUPERSEDED
    await house.store.approvals.close(approval.id, hand.run.epoch, state, what_changed=said, newer=newer)
    failure = Failure(stage=StageName.APPROVE, what=said, production=NOTHING_CHANGED, advice="Ask again.")
    await hand.finish(RunState.VOIDED, ExitCode.NOT_APPROVED, failure)


async def test_one_reminder_replies_to_the_plan_and_ends_with_the_answer(house: House) -> None:
    hand = await house.requested()
    approval = await hand.ask()
    plan = await house.read("Approve?")
    await _nearly_over(house, approval)
    reminder = await house.read("⏰ A plan still waits")
    assert _replied_to(reminder) == plan.id
    await house.stop()
    house.start()
    await house.master.tap(reminder, "Approve")
    ended = await house.read("✅ Approved", f"Approved by {ADA}", after=plan)
    assert (ended.id, ended.labels) == (reminder.id, [])
    assert len([m for m in await house.bot_messages() if _replied_to(m) == plan.id]) == 1


async def test_a_reminder_that_was_cut_is_not_sent_after_the_answer(house: House) -> None:
    hand = await house.requested()
    approval = await hand.ask()
    await house.read("Approve?")
    await house.stop()
    await house.store.approvals.remind(approval)
    [reminder] = await house.store.approvals.reminders_to_tell(house.project.id, MASTER)
    await house.store.cards.intend("reminder", reminder, MASTER)
    assert await house.store.approvals.answer(approval.nonce, ApprovalState.APPROVED, ADA)
    house.start()

    async def forgotten() -> bool:
        return await house.store.cards.get("reminder", reminder, MASTER) is None

    await house.until(forgotten, "the reminder is forgotten")
    assert [m.text for m in await house.bot_messages() if m.text.startswith("⏰")] == []


async def test_later_puts_it_off_once_and_reminds_again(house: House) -> None:
    hand = await house.requested()
    approval = await hand.ask()
    plan = await house.read("Approve?")
    await _nearly_over(house, approval)
    reminder = await house.read("⏰ A plan still waits")
    first = await house.master.tap(reminder, "Later")
    until = (await _plan(house, hand)).expires_at
    assert first == Answer(f"It waits until {until:%H:%M} UTC; silence then means no.", False)
    put_off = await house.read("Approve?", f"Put off by {ADA}.", after=plan)
    assert (put_off.id, put_off.labels) == (reminder.id, [])
    again = await house.master.tap_data(plan, f"plan:later:{approval.nonce}")
    assert again is not None
    assert again.text == f"Put off already by {ADA}: it waits until {until:%H:%M} UTC."
    await house.master.wait_for(
        lambda m: m.id == plan.id and not any("Later" in x for x in m.labels), PATIENCE
    )
    trail = [row["action"] for row in await house.audit()]
    assert trail.count("plan postponed") == 1
    await house.store.pool.execute(
        "UPDATE approvals SET requested_at = now() - interval '59 min', expires_at = now() + interval '1 min'"
    )
    await house.read("⏰ A plan still waits", after=reminder)


async def test_details_come_as_a_message_and_whole_as_a_document(house: House) -> None:
    hand = await house.requested()
    await hand.ask(compose_changes=[f"services.app.environment.KEY_{number}: added" for number in range(200)])
    plan = await house.read("Approve?")
    await house.master.tap(plan, "Details")
    message = await house.read("Details · Deploy", "KEY_0: added", "the document below holds the rest")
    document = await house.master.wait_for(lambda m: "Plan of run" in m.text, PATIENCE)
    assert document.id > message.id
    assert b"KEY_199: added" in await house.master.download(document)
    assert (await _plan(house, hand)).state is ApprovalState.PENDING


async def test_a_reason_is_given_by_a_reply_and_shown_everywhere(house: House) -> None:
    hand = await house.requested()
    await hand.ask()
    plan = await house.read("Approve?")
    await house.master.say("not yet", reply_to=plan)
    await house.read("This plan still waits. Tap Reject first")
    await house.master.tap(plan, "Reject")
    await house.read("Rejected by", "Reply to this message to say why.")
    failure = Failure(
        stage=StageName.APPROVE, what=f"{ADA} rejected the plan.", production=NOTHING_CHANGED, advice="Ask."
    )
    await hand.finish(RunState.REJECTED, ExitCode.NOT_APPROVED, failure)
    result = await house.read("Deploy rejected")
    await house.master.say("not on a friday", reply_to=plan)
    await house.read(f"Noted. Run {hand.run.id} was rejected: not on a friday")
    shown = await house.read("Rejected by", ": not on a friday. Nothing changed.")
    told = await house.read("Deploy rejected", f"{ADA} rejected the plan: not on a friday")
    assert (shown.id, told.id) == (plan.id, result.id)
    await house.master.say(f"/reject {hand.run.id} something else")
    await house.read("A reason was given already: not on a friday")


async def test_commands_answer_as_the_buttons_do(house: House) -> None:
    await house.master.say("/approve")
    await house.read("No plan waits for an answer.")
    hand = await house.requested()
    await hand.ask()
    await house.master.say("/approve 99")
    await house.read("There is no run 99.")
    await house.master.say("/approve please")
    await house.read("I cannot read please.", "/approve [run] [code] [override reason]")
    assert (await _plan(house, hand)).state is ApprovalState.PENDING
    await house.master.say(f"/approve {hand.run.id}")
    await house.read(f"✅ Run {hand.run.id}: Approved.")
    await house.master.say("/reject")
    await house.read("No plan waits for an answer.", after=await house.read("Approved."))
    await house.master.say(f"/reject {hand.run.id} too late")
    await house.read(f"⚠️ Run {hand.run.id}: Approved already by {ADA}")
    await hand.finish(RunState.SUCCEEDED)
    other = await house.requested()
    await other.ask()
    await house.master.say("/reject it is <late>")
    await house.read(f"🚫 Run {other.run.id}: Rejected. Nothing changed.")
    answered = await _plan(house, other)
    assert (answered.answered_by, answered.reason) == (ADA, "it is <late>")
    said = [row["action"] for row in await house.audit() if row["action"].startswith("plan")]
    assert said == ["plan approved", "plan rejected"]


async def test_a_command_that_was_written_before_the_plan_is_not_about_it(house: House) -> None:
    hand = await house.requested()
    approval = await hand.ask()
    await house.store.pool.execute("UPDATE approvals SET requested_at = requested_at + interval '1 min'")
    for command in ("/approve", f"/approve {hand.run.id}", "/reject"):
        said = await house.master.say(command)
        await house.read(f"⚠️ Run {hand.run.id}: That was written before this plan was made.", after=said)
    assert (await _plan(house, hand)).state is approval.state


async def test_a_command_that_replies_to_a_plan_is_about_that_plan(house: House) -> None:
    dead = await house.requested()
    approval = await dead.ask()
    old = await house.read("Approve?")
    assert await house.store.approvals.close(approval.id, dead.run.epoch, ApprovalState.EXPIRED)
    await dead.finish(RunState.EXPIRED, ExitCode.NOT_APPROVED)
    hand = await house.requested()
    await hand.ask()
    new = await house.read("Approve?", f"run {hand.run.id}")
    for command in ("/approve", "/reject"):
        said = await house.master.say(command, reply_to=old)
        told = await house.read(f"⚠️ Run {dead.run.id}: This plan expired at", after=said)
        assert told.reply_to == said.id
        assert (await _plan(house, hand)).state is ApprovalState.PENDING
    await house.master.say("/approve", reply_to=new)
    await house.read(f"✅ Run {hand.run.id}: Approved.")


async def test_in_a_freeze_approving_takes_a_button_or_a_word_of_its_own(frozen: House) -> None:
    house = frozen
    hand = await house.requested()
    approval = await hand.ask()
    plan = await house.read("Approve?", "❄️ A freeze holds until")
    assert plan.labels[:2] == ["Approve despite freeze", "Reject"]
    stale = await house.master.tap_data(plan, f"plan:yes:{approval.nonce}")
    assert stale is not None
    assert stale.text.startswith("A freeze holds until ")
    assert f"/approve {hand.run.id} override REASON" in stale.text
    await house.master.say("/approve")
    await house.read(f"⚠️ Run {hand.run.id}: A freeze holds until")
    assert (await _plan(house, hand)).state is ApprovalState.PENDING
    await house.master.say("/approve override a hotfix")
    await house.read("Approved by", "despite the freeze: a hotfix.")
    answered = await _plan(house, hand)
    assert (answered.despite_freeze, answered.reason) == (True, "a hotfix")
    [trail] = [row for row in await house.audit() if row["action"] == "plan approved"]
    assert '"reason": "a hotfix"' in trail["detail"]
    assert '"despite_freeze": true' in trail["detail"]
    await hand.finish(RunState.SUCCEEDED)
    other = await house.requested()
    await other.ask()
    card = await house.read("Approve?", f"run {other.run.id}")
    assert await house.master.tap(card, "Approve despite freeze") == Answer(
        "Approved despite the freeze.", False
    )
    assert (await _plan(house, other)).despite_freeze


async def test_a_superseded_plan_offers_the_newer_commit_once(house: House) -> None:
    hand = await house.requested()
    await hand.ask()
    plan = await house.read("Approve?")
    await house.first_look()
    newer = house.remote.push("Answer even faster")

    async def noticed() -> bool:
        push = await house.store.pushes.newest(house.project.id, "main")
        return push is not None and push.sha == newer

    await house.until(noticed, "the push is noticed")
    await _superseded(house, hand, newer)
    card = await house.read("⚪ Superseded", f"from {GOAL_SHA[:7]} to {newer[:7]}. Nothing changed.")
    stale = await house.master.tap_data(plan, f"plan:yes:{(await _plan(house, hand)).nonce}")
    assert stale is not None
    assert stale.text.startswith("This plan is superseded. Branch main moved")
    await house.master.wait_for(lambda m: m.id == plan.id and m.labels == ["Plan the newer commit"], PATIENCE)
    await house.master.tap(card, "Plan the newer commit")
    anew = await Hand.claim(house.store, house.project)
    assert (anew.run.target, anew.run.source) == (newer, Source.PUSH)
    push = await house.store.pushes.newest(house.project.id, "main")
    assert push is not None
    assert (push.state, push.run_id) == (PushState.DEPLOYED, anew.run.id)
    result = await house.read("Deploy called off")
    for button, message in (("Plan the newer commit", card), ("Deploy again", result)):
        twice = await house.master.tap(message, button)
        assert twice == Answer(f"Deploy asked for: run {anew.run.id}.", False)
    assert len(await house.runs()) == 2
