"""Two projects in one chat: commands and buttons ask which one is meant, and keep it."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from demo.botapi import ChatMessage, Person
from demo.botapi.groups import add_topic
from pipeline.model.release import Project
from pipeline.model.states import ApprovalState, RunKind, RunState
from tests.git_remote import Remote
from tests.integration.bot.house import MASTER, PATIENCE, TOKEN, Hand, House, furnished

VIC = 1003


@dataclass
class Both:
    """A house whose bot serves `shop` beside `sample`, all in Master's chat."""

    house: House
    shop: Project

    async def runs(self) -> list[tuple[RunKind, str | None]]:
        """Those of the shop."""
        return [(run.kind, run.target) for run in await self.house.store.runs.recent(self.shop.id, 50)]

    async def say(self, text: str, *words: str) -> ChatMessage:
        """The answer to a command, which holds these words."""
        said = await self.house.master.say(text)
        return await self.house.read(*words, after=said)


@pytest.fixture
async def both(tmp_path: Path, postgres: Any) -> AsyncIterator[Both]:
    async with furnished(tmp_path, postgres) as house:
        (tmp_path / "shop").mkdir()
        remote = Remote.make(tmp_path / "shop")
        remote.push("The first commit of the shop")
        of_shop = {"project_name": "shop", "git_url": str(remote.bare)}
        house.others = [house.settings.model_copy(update=of_shop)]
        shop = await house.store.releases.project("shop", str(remote.bare), "main")
        house.start()
        await house.master.say("/start")
        await house.read("What I can do", "shop", "sample")
        yield Both(house, shop)


async def test_deploy_asks_which_and_the_buttons_keep_it(both: Both) -> None:
    house, store = both.house, both.house.store
    which = await both.say("/deploy", "Which project?", "/deploy sample")
    assert [[button.text for button in row] for row in which.buttons] == [["sample"], ["shop"]]
    assert await house.runs() == await both.runs() == []
    await house.stop()
    house.start()  # the question outlives the bot
    toast = await house.master.tap(which, "shop")
    hand = await Hand.claim(store, both.shop)
    assert hand.run.requested_by == "Ada (1001)"
    chosen = await house.master.wait_for(
        lambda m: m.id == which.id and m.text == "🕓 shop: /deploy asked for.", PATIENCE
    )
    assert chosen.buttons == ()
    assert toast is not None
    for button in ("shop", "sample"):  # of a chat that does not show the change yet
        [data] = [each.data for [each] in which.buttons if each.text == button]
        await house.master.tap_data(which, data)
    await house.all_handled()
    assert await house.runs() == []
    assert await both.runs() == [(RunKind.DEPLOY, None)]
    approval = await hand.ask(project="shop")
    plan = await house.read("Approve?", "shop")
    await house.master.tap(plan, "Approve")
    found = await store.approvals.by_nonce(approval.nonce)
    assert found is not None
    assert found.state is ApprovalState.APPROVED
    await hand.finish(RunState.SUCCEEDED)
    [data] = [each.data for [each] in which.buttons if each.text == "shop"]
    again = await house.master.tap_data(which, data)
    assert again is not None
    assert await both.runs() == [(RunKind.DEPLOY, None)]
    audit = [line for line in await house.audit() if line["action"] == "tap" and "which:" in line["detail"]]
    assert len(audit) == 4
    assert all('"project": "shop"' in line["detail"] for line in audit[:2])
    assert audit[0]["run_id"] == hand.run.id


async def test_the_buttons_of_the_menu_ask_which_too(both: Both) -> None:
    house = both.house
    start = await house.read("What I can do")
    await house.master.tap(start, "Back up")
    which = await house.read("Which project?", "/backup", after=start)
    await house.master.tap(which, "shop")
    hand = await Hand.claim(house.store, both.shop)
    await hand.finish(RunState.SUCCEEDED)
    await house.master.tap_data(which, next(each.data for [each] in which.buttons if each.text == "shop"))
    await house.all_handled()
    assert await both.runs() == [(RunKind.BACKUP, None)]
    assert await house.runs() == []
    await house.master.tap(start, "Another branch")
    which = await house.read("Which project?", "/deploy ?", after=which)
    await house.master.tap(which, "shop")
    branches = await house.read("Which branch is to be deployed?", "Project: shop", after=start)
    assert branches.id == which.id
    await house.master.tap(branches, "main")
    assert (await Hand.claim(house.store, both.shop)).run.target == "main"


async def test_what_says_its_project_is_not_asked(both: Both) -> None:
    house, store = both.house, both.house.store
    await house.master.say("/backup Shop")
    hand = await Hand.claim(store, both.shop)
    assert hand.run.kind is RunKind.BACKUP
    overview = await both.say("/status", "sample", "shop", f"Run {hand.run.id}, backup")
    assert overview.buttons[0][0].text == "sample"
    await house.master.tap(overview, "shop")
    status = await house.read("Watches main", "shop", after=overview)
    assert status.buttons[0][0].data == f"menu:deploy~{both.shop.id}"
    running = await house.read("Running · Backup · shop")
    said = await house.master.say("/cancel", reply_to=running)
    await house.read(f"Run {hand.run.id} is cancelled", "Project: shop", after=said)
    story = await both.say(f"/history {hand.run.id}", "Backup · shop")
    assert story.buttons[0][0].data.endswith(f"~{both.shop.id}")
    await house.master.say("/restore 99")
    await house.read("Which project?", "/restore sample 99")


async def test_topics_say_it_and_a_viewer_is_asked_only_what_to_look_at(both: Both) -> None:
    house, world, store = both.house, both.house.telegram.world, both.house.store
    await house.stop()
    for number, name in ((MASTER, "Ada"), (VIC, "Vic")):
        world.add_user(number, name)
    group = world.add_group("Ops", [MASTER, VIC], forum=True)
    topics = [add_topic(world, group.id, name) for name in ("Sample", "Shop")]
    here = {"telegram_chat_id": group.id, "viewers": str(VIC)}
    house.settings = house.settings.model_copy(update=here | {"runs_topic": topics[0]})
    house.others = [each.model_copy(update=here | {"runs_topic": topics[1]}) for each in house.others]
    house.start()
    async with contextlib.AsyncExitStack() as people:
        ada, vic = [
            await people.enter_async_context(
                Person(house.telegram.url, TOKEN, number, first_name=name, chat=group.id)
            )
            for number, name in ((MASTER, "Ada"), (VIC, "Vic"))
        ]

        async def read(*words: str, after: ChatMessage) -> ChatMessage:
            return await ada.wait_for(
                lambda message: all(word in message.text for word in words), PATIENCE, after=after
            )

        await ada.say("/backup", topic=topics[1])
        await (await Hand.claim(store, both.shop)).finish(RunState.SUCCEEDED)
        said = await ada.say("/deploy")
        which = await read("Which project?", after=said)
        refused = await vic.tap(which, "shop")
        assert refused is not None
        assert "This is for owners." in refused.text
        await ada.tap(which, "sample")
        await (await Hand.claim(store, house.project)).finish(RunState.SUCCEEDED)
        assert await both.runs() == [(RunKind.BACKUP, None)]
        said = await vic.say("/rollback")
        await read("This is for owners.", after=said)
        said = await vic.say("/history")
        which = await read("Which project?", "/history", after=said)
        await vic.tap(which, "shop")
        await read("Runs · shop", "backup", after=said)
        said = await ada.say("/pause all hands", topic=topics[1])
        both_paused = await read("Paused", "hands · sample", "hands · shop", after=said)
        assert both_paused.topic == topics[1]
        said = await ada.say("/resume", topic=topics[1])
        await read("Resumed", "Project: shop", after=said)
        assert await store.pauses.current(both.shop.id) is None
        assert await store.pauses.current(house.project.id) is not None
