"""A bot that serves two projects: what it says by itself of each, where, and whose buttons those are."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from demo.botapi import ChatMessage, Person
from demo.botapi.groups import add_topic, upgrade
from pipeline.model.alert import Problem, Severity
from pipeline.model.release import Project
from pipeline.model.states import RunKind, RunState
from tests.git_remote import Remote
from tests.integration.bot.house import MASTER, PATIENCE, TOKEN, Hand, House, furnished


@dataclass
class Street:
    """A house whose bot serves `shop`, too. Both are at home in one group, `sample` in the topics 0 and 1,
    `shop` in 2 and 3, in each case runs and alerts."""

    house: House
    group: int
    topics: list[int]
    shop: Project
    remote: Remote
    ada: Person

    async def read(self, *words: str, topic: int) -> ChatMessage:
        """In the topic of that number."""
        return await self.ada.wait_for(
            lambda m: all(word in m.text for word in words) and m.topic == self.topics[topic], PATIENCE
        )


@pytest.fixture
async def street(tmp_path: Path, postgres: Any) -> AsyncIterator[Street]:
    async with furnished(tmp_path, postgres) as house, contextlib.AsyncExitStack() as people:
        world = house.telegram.world
        world.add_user(MASTER, "Ada")
        group = world.add_group("Ops", [MASTER], forum=True)
        topics = [add_topic(world, group.id, name) for name in ("Runs", "Alerts", "Shop", "Shop alerts")]
        (tmp_path / "shop").mkdir()
        remote = Remote.make(tmp_path / "shop")
        remote.push("The first commit of the shop")
        home = {"telegram_chat_id": group.id, "runs_topic": topics[0], "alerts_topic": topics[1]}
        house.settings = house.settings.model_copy(update=home)
        of_shop = {"project_name": "shop", "git_url": str(remote.bare)}
        of_shop |= {"runs_topic": topics[2], "alerts_topic": topics[3]}
        house.others = [house.settings.model_copy(update=of_shop)]
        shop = await house.store.releases.project("shop", str(remote.bare), "main")
        ada = Person(house.telegram.url, TOKEN, MASTER, first_name="Ada", chat=group.id)
        yield Street(house, group.id, topics, shop, remote, await people.enter_async_context(ada))


async def test_each_project_is_told_of_in_its_topics_and_its_buttons_are_its_own(street: Street) -> None:
    house, store = street.house, street.house.store
    house.start()
    for project in (house.project, street.shop):

        async def noted(project: Project = project) -> bool:
            return await store.pushes.newest(project.id, "main") is not None

        await house.until(noted, f"the first commit of {project.name} is noted")
    first, second = house.remote.push("Answer faster"), street.remote.push("Sell more")
    of_sample = await street.read("🔔 Push · sample", first[:7], topic=0)
    of_shop = await street.read("🔔 Push · shop", second[:7], topic=2)
    assert "~" not in of_sample.buttons[0][0].data
    assert of_shop.buttons[0][0].data.endswith(f"~{street.shop.id}")
    await street.ada.tap(of_shop, "Deploy")
    hand = await Hand.claim(store, street.shop)
    assert (hand.run.kind, hand.run.target) == (RunKind.DEPLOY, second)
    assert await house.runs() == []
    await street.ada.tap(of_sample, "Deploy")
    other = await Hand.claim(store, house.project)  # side by side
    await street.read("▶️ Running · Deploy · shop", topic=2)
    await street.read("▶️ Running · Deploy · sample", topic=0)
    approval = await hand.ask(project="shop")
    plan = await street.read("Approve?", "shop", topic=2)
    answered = await street.ada.tap(plan, "Approve")
    assert answered is not None
    assert answered.text == "Approved."
    assert (await store.approvals.by_nonce(approval.nonce)).state == "approved"  # type: ignore[union-attr]
    problem = Problem(
        fingerprint="disk",
        severity=Severity.WARNING,
        title="The disk is nearly full",
        what="5% are free.",
        production="It serves.",
        advice="Delete something.",
    )
    await store.alerts.settle(street.shop.id, "host", [problem], hand.run.requested_at)
    await street.read("The disk is nearly full", "shop", topic=3)
    for each in (hand, other):
        await each.finish(RunState.SUCCEEDED)
    await street.read("✅ Done · Deploy · shop", topic=2)
    await street.read("✅ Done · Deploy · sample", topic=0)
    said = [m for m in await street.ada.messages() if m.sender == "Deploy"]
    assert {m.topic for m in said if "shop" in m.text} == set(street.topics[2:])
    assert {m.topic for m in said if "sample" in m.text} == {street.topics[0]}


async def test_each_home_that_becomes_a_supergroup_is_followed(street: Street) -> None:
    house, store, world = street.house, street.house.store, street.house.telegram.world
    old = world.add_group("Shop", [MASTER], basic=True)
    apart = {"telegram_chat_id": old.id, "runs_topic": None, "alerts_topic": None}
    house.others = [house.others[0].model_copy(update=apart)]
    house.start()
    await house.check("telegram", lambda check: check["status"] == "ok")
    run = await store.runs.request(street.shop.id, RunKind.BACKUP, source="cli", by="ada")  # type: ignore[arg-type]
    async with Person(house.telegram.url, TOKEN, MASTER, chat=old.id) as ada:
        await ada.wait_for(lambda m: "Backup · shop" in m.text, PATIENCE)
    new = upgrade(world, old.id)
    async with Person(house.telegram.url, TOKEN, MASTER, chat=new.id) as ada:
        told = await ada.wait_for(lambda m: "has another id" in m.text, PATIENCE)
        assert f"set SHOP__TELEGRAM_CHAT_ID={new.id} in .env.vnext" in told.text
        card = await ada.wait_for(lambda m: "Backup · shop" in m.text, PATIENCE)
        hand = await Hand.claim(store, street.shop)
        await hand.finish(RunState.SUCCEEDED)
        done = await ada.wait_for(lambda m: "✅ Done" in m.text and f"run {run.id}" in m.text, PATIENCE)
        assert done.id == card.id
        await ada.say("/help")
        await ada.wait_for(lambda m: "What I can do" in m.text, PATIENCE)
    assert [m.text for m in await street.ada.messages() if m.sender == "Deploy"] == []
