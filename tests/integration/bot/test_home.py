"""The home chat moves: another one in the settings, or a group that becomes a supergroup."""

from __future__ import annotations

import pytest

from demo.botapi import Person
from demo.botapi.groups import upgrade
from pipeline.model.states import RunState, StageName
from tests.integration.bot.house import MASTER, PATIENCE, TOKEN, Hand, House


def _settle(house: House, chat: int) -> None:
    house.settings = house.settings.model_copy(update={"telegram_chat_id": chat})


@pytest.mark.parametrize("noticed", ["by the notice", "by the refusal"])
async def test_a_group_that_becomes_a_supergroup_is_followed(empty_house: House, noticed: str) -> None:
    house = empty_house
    world = house.telegram.world
    old = world.add_group("Ops", [MASTER], basic=True)
    _settle(house, old.id)
    house.start()
    async with Person(house.telegram.url, TOKEN, MASTER, chat=old.id) as ada:
        await ada.say("/backup")
        hand = await Hand.claim(house.store, house.project)
        await ada.wait_for(lambda m: "▶️ Running" in m.text, PATIENCE)
        if noticed == "by the refusal":
            await house.stop()
        new = upgrade(world, old.id)
        if noticed == "by the refusal":
            world.bots[TOKEN].updates.clear()
            house.start()
        await hand.begin(StageName.BACKUP)
    async with Person(house.telegram.url, TOKEN, MASTER, chat=new.id) as ada:
        card = await ada.wait_for(lambda m: "▶️ Running" in m.text, PATIENCE)
        told = await ada.wait_for(lambda m: "has another id" in m.text, PATIENCE)
        assert f"set TELEGRAM_CHAT_ID={new.id} in .env.vnext; it names {old.id}" in told.text

        async def noted() -> bool:
            return not await house.store.chats.untold()

        await house.until(noted, "that it was told is noted")
        await house.stop()
        house.start()
        await hand.finish(RunState.SUCCEEDED)
        await ada.wait_for(lambda m: "Backed up" in m.text, PATIENCE)
        done = await ada.wait_for(lambda m: "✅ Done" in m.text, PATIENCE)
        assert done.id == card.id
        await ada.say("/help")
        await ada.wait_for(lambda m: "What I can do" in m.text, PATIENCE)
        said = [m.text for m in await ada.messages() if m.sender == "Deploy"]
        assert sum("has another id" in text for text in said) == 1
        assert sum("Backed up · sample" in text for text in said) == 1


async def test_another_home_in_the_settings_gets_what_the_old_one_was_owed(house: House) -> None:
    hand = await house.requested("/backup")
    await house.read("▶️ Running")
    first = await house.store.runs.get(hand.run.id)
    await hand.finish(RunState.SUCCEEDED)
    await house.read("Backed up")

    async def told() -> bool:
        card = await house.store.cards.get("run", first.id, MASTER)
        return card is not None and card.final

    await house.until(told, "the first run is told to its end")
    hand = await house.requested("/deploy")
    await house.read("▶️ Running · Deploy")
    await hand.ask()
    await house.read("Approve?")
    await house.all_handled()
    await house.stop()
    group = house.telegram.world.add_group("Ops", [MASTER])
    _settle(house, group.id)
    house.start()
    async with Person(house.telegram.url, TOKEN, MASTER, chat=group.id) as ada:
        plan = await ada.wait_for(lambda m: "Approve?" in m.text, PATIENCE)
        answer = await ada.tap(plan, "Reject")
        assert answer is not None
        assert answer.text == "Rejected. Nothing changed."
        await hand.finish(RunState.REJECTED)
        await ada.wait_for(lambda m: m.raw.get("reply_to_message") is not None and m.id > plan.id, PATIENCE)
        said = [m.text for m in await ada.messages() if not m.outgoing]
        assert not any(f"run {first.id} " in text for text in said)
