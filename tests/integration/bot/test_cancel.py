"""Calling a run off from the chat, by command and by the button on its card."""

from __future__ import annotations

from pipeline.model.run import Failure
from pipeline.model.states import ExitCode, RunState, StageName
from tests.integration.bot.house import MASTER, House


async def cancels(house: House) -> list[str]:
    return [row["actor"] for row in await house.audit() if row["action"] == "cancel"]


async def test_the_button_asks_once_more_and_who_did_it_is_told(house: House) -> None:
    hand = await house.requested()
    await hand.begin(StageName.TEST)
    card = await house.read("Running", "Deploy", "test")
    assert card.labels == ["Cancel"]
    await house.master.tap(card, "Cancel")
    sure = await house.read(f"Really cancel run {hand.run.id}?")
    await house.master.tap(sure, "Let it go on")
    await house.read(f"Run {hand.run.id} goes on; nothing was cancelled.")
    assert await cancels(house) == []
    await house.master.tap(card, "Cancel")
    sure = await house.read(f"Really cancel run {hand.run.id}?", after=sure)
    await house.master.tap(sure, f"Cancel run {hand.run.id}")
    await house.read(f"Run {hand.run.id} is cancelled by Ada ({MASTER})")
    card = await house.read("Running", f"Cancelled by Ada ({MASTER}); it ends in a moment.")
    assert card.labels == []
    assert await cancels(house) == [f"Ada ({MASTER})"]
    failure = Failure(
        stage=StageName.TEST, what="The run was cancelled by Ada.", production="It serves.", advice="Go on."
    )
    await hand.finish(RunState.CANCELLED, ExitCode.NOT_APPROVED, failure)
    result = await house.read("Deploy cancelled, nothing changed")
    said = await house.master.say(f"/cancel {hand.run.id}")
    await house.read(f"Run {hand.run.id} is cancelled by Ada", after=said)
    assert "The run was cancelled by Ada." in result.text


async def test_too_late_is_told_with_what_happens_now(house: House) -> None:
    hand = await house.requested()
    card = await house.read("Running", "Deploy")
    await house.store.runs.cross(hand.run.id, hand.run.epoch)
    await house.master.tap(card, "Cancel")
    await house.read("Not cancelled.", "is switching production already", "Wait for its result")
    await hand.begin(StageName.STOP)
    card = await house.read("Running", "stop")
    assert card.labels == []
    await hand.finish(RunState.SUCCEEDED)
    said = await house.master.say("/cancel")
    await house.read("Not cancelled. No run is under way.", after=said)
    said = await house.master.say("/cancel 99")
    await house.read("Not cancelled. There is no run 99.", after=said)
    said = await house.master.say("/cancel now")
    await house.read("It goes like this: /cancel [run]", after=said)
    assert await cancels(house) == []


async def test_the_command_cancels_what_runs_and_not_what_came_after_it(house: House) -> None:
    hand = await house.requested()
    await house.store.pool.execute(
        "UPDATE runs SET requested_at = now() + interval '10 minutes'"
    )  # as where the command lay there while the bot was away
    await house.master.say("/cancel")
    await house.read(f"Really cancel run {hand.run.id}?")
    assert await cancels(house) == []
    await house.store.pool.execute("UPDATE runs SET requested_at = now()")
    await house.master.say("/cancel")
    await house.read(f"Run {hand.run.id} is cancelled by Ada ({MASTER})")
    assert await cancels(house) == [f"Ada ({MASTER})"]
