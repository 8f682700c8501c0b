"""Branches and kept releases are chosen from lists, with a real repository and journal."""

from __future__ import annotations

from demo.botapi import ChatMessage
from pipeline.model.states import RunKind, RunState
from tests.integration.bot.house import GOAL_SHA, LIVE_SHA, PATIENCE, Hand, House


async def shown(house: House, message: ChatMessage, *words: str) -> ChatMessage:
    """The same message, once it reads so."""
    return await house.master.wait_for(
        lambda each: each.id == message.id and all(word in each.text for word in words), PATIENCE
    )


async def test_another_branch_is_chosen_and_deployed(house: House) -> None:
    name = f"feature/{'ü' * 90}"
    sha = house.remote.push("On a branch with a long name", name)
    for number in range(8):
        house.remote.git("push", "-q", "origin", f"HEAD~1:refs/heads/old-{number}")
    await house.master.say("/deploy ?")
    card = await house.read("Which branch is to be deployed?", "10 branches, page 1 of 2")
    assert f"1. {name} · {sha[:7]} · " in card.text
    assert card.labels[0].startswith("1 · feature/üüü")
    await house.master.tap(card, "Older »")
    card = await shown(house, card, "page 2 of 2")
    assert card.labels == ["9 · old-6", "10 · old-7", "« Newer"]
    await house.master.tap(card, "« Newer")
    card = await shown(house, card, "page 1 of 2")
    moved = house.remote.push("One more", name)
    told = await house.master.tap(card, card.labels[0])
    assert told is not None
    assert told.text == "The list has changed meanwhile; this is how it is now. Please choose again."
    card = await shown(house, card, moved[:7])
    assert await house.runs() == []
    await house.master.tap(card, card.labels[0])
    hand = await Hand.claim(house.store, house.project)
    assert (hand.run.kind, hand.run.target) == (RunKind.DEPLOY, name)
    await shown(house, card, f"Deploy of {name} asked for: run {hand.run.id}.")


async def test_a_remote_that_is_away_is_told(house: House) -> None:
    house.remote.bare.rename(house.remote.bare.with_name("gone.git"))
    said = await house.master.say("/deploy ?")
    await house.read("Not started.", "could not be reached", after=said)


async def test_another_release_is_chosen(house: House) -> None:
    await house.master.say("/rollback ?")
    await house.read("No release was live yet.")
    old = await house.make_live("a1" * 20)
    await house.make_live(LIVE_SHA)
    await house.make_live(GOAL_SHA)
    wanted = f"Roll back to {old.id} (a1a1a1a)"
    help_ = await house.read("What I can do")
    await house.master.tap(help_, "Another release")
    card = await house.read("Kept releases")
    assert card.labels == [f"Roll back to {old.id + 1} ({LIVE_SHA[:7]})", wanted]
    newest = await house.make_live("b2" * 20)
    told = await house.master.tap(card, wanted)
    assert told is not None
    assert told.text == "The list has changed meanwhile; this is how it is now. Please choose again."
    card = await shown(house, card, f"{newest.id} b2b2b2b · main · live")
    assert await house.runs() == []
    await house.master.tap(card, wanted)
    hand = await Hand.claim(house.store, house.project)
    assert (hand.run.kind, hand.run.target) == (RunKind.ROLLBACK, str(old.id))
    await shown(house, card, f"Rollback of release {old.id} asked for: run {hand.run.id}.")
    await hand.finish(RunState.SUCCEEDED)
