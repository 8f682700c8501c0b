"""Several people, in private chats and in a group: who may do what, and where answers and cards go."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from demo.botapi import Person
from demo.botapi.groups import add_topic, delete_topic
from pipeline.model.states import ApprovalState, RunState, StageName
from tests.integration.bot.house import MASTER, PATIENCE, STRANGER, TOKEN, Hand, House, furnished

LIN, VIC = 1002, 1003


@dataclass
class Team:
    """Ada and Lin are owners, Vic looks on, Eve is a stranger; all are in the group `home` with topics."""

    house: House
    home: int
    runs: int
    alerts: int
    people: contextlib.AsyncExitStack

    async def person(self, user: int, name: str, *, group: bool = False) -> Person:
        chat = self.home if group else None
        person = Person(self.house.telegram.url, TOKEN, user, first_name=name, chat=chat)
        return await self.people.enter_async_context(person)


@pytest.fixture
async def team(tmp_path: Path, postgres: Any) -> AsyncIterator[Team]:
    settings = {"owners": str(LIN), "viewers": str(VIC), "two_persons": True}
    async with furnished(tmp_path, postgres, **settings) as house, contextlib.AsyncExitStack() as people:
        world = house.telegram.world
        for user, name in ((MASTER, "Ada"), (LIN, "Lin"), (VIC, "Vic"), (STRANGER, "Eve")):
            world.add_user(user, name)
        group = world.add_group("Ops", [MASTER, LIN, VIC, STRANGER], forum=True)
        topics = [add_topic(world, group.id, name) for name in ("Runs", "Alerts")]
        changes = {"telegram_chat_id": group.id, "runs_topic": topics[0], "alerts_topic": topics[1]}
        house.settings = house.settings.model_copy(update=changes)
        house.start()
        yield Team(house, group.id, *topics, people)


async def test_one_asks_and_another_approves(team: Team) -> None:
    house = team.house
    ada, lin = await team.person(MASTER, "Ada", group=True), await team.person(LIN, "Lin", group=True)
    alone = await team.person(LIN, "Lin")
    await alone.say("/deploy")
    hand = await Hand.claim(house.store, house.project)
    await alone.wait_for(lambda m: m.text == "Asked for. Its messages go to the home chat.", PATIENCE)
    assert await house.store.runs.asker(hand.run.id) == LIN
    card = await ada.wait_for(lambda m: "asked by Lin (1002)" in m.text, PATIENCE)
    approval = await hand.ask()
    plan = await ada.wait_for(lambda m: "Approve" in m.labels, PATIENCE)
    assert (card.topic, plan.topic) == (team.runs, team.runs)
    refused = await lin.tap(plan, "Approve")
    assert refused is not None
    assert refused.alert
    assert refused.text == (
        f"Not approved. You asked for run {hand.run.id} yourself: another owner has to approve it."
    )
    assert (await house.store.approvals.by_nonce(approval.nonce)).state is ApprovalState.PENDING  # type: ignore[union-attr]
    answered = await ada.tap(plan, "Approve")
    assert answered is not None
    assert answered.text == "Approved."
    assert (await _audited(house))[:5] == [
        ("Lin (1002)", "run requested"),
        ("Lin (1002)", "command"),
        ("telegram:1002", "approval refused"),
        ("Lin (1002)", "tap"),
        ("Ada (1001)", "plan approved"),
    ]
    await hand.finish(RunState.SUCCEEDED)


async def test_in_a_group_who_rejected_says_why_by_a_reply(team: Team) -> None:
    house = team.house
    ada, lin = await team.person(MASTER, "Ada", group=True), await team.person(LIN, "Lin", group=True)
    await ada.say("/deploy")
    hand = await Hand.claim(house.store, house.project)
    approval = await hand.ask()
    plan = await ada.wait_for(lambda m: "Approve" in m.labels, PATIENCE)
    await ada.say("looks good", reply_to=plan)
    await lin.tap(plan, "Reject")
    await lin.wait_for(lambda m: m.id == plan.id and "Reply to this message to say why." in m.text, PATIENCE)
    await ada.say("what a pity", reply_to=plan)
    said = await lin.say("not on a friday", reply_to=plan)
    told = await lin.wait_for(lambda m: m.text.startswith("Noted."), PATIENCE, after=said)
    assert told.text == f"Noted. Run {hand.run.id} was rejected: not on a friday"
    await lin.wait_for(
        lambda m: m.id == plan.id and ": not on a friday. Nothing changed." in m.text, PATIENCE
    )
    await lin.say("who has lunch?", reply_to=plan)
    await house.all_handled()
    found = await house.store.approvals.by_nonce(approval.nonce)
    assert found is not None
    assert found.reason == "not on a friday"
    answers = [m for m in await ada.messages() if m.sender == "Deploy" and m.id > plan.id]
    assert [m.id for m in answers] == [told.id], "no word to what they say to each other"
    await hand.finish(RunState.REJECTED)


async def test_a_viewer_looks_on_and_a_stranger_is_not_heard(team: Team) -> None:
    house = team.house
    vic, eve = await team.person(VIC, "Vic", group=True), await team.person(STRANGER, "Eve", group=True)
    own = await team.person(VIC, "Vic")
    await eve.say("/deploy")
    await eve.say("nice weather")
    await vic.say("/status@other_bot")
    await vic.say("/nonsense")
    await vic.say("/deploy", topic=team.alerts)
    refused = await vic.wait_for(lambda m: "Nothing was done" in m.text, PATIENCE)
    assert "As a viewer you may look: /status" in refused.text
    assert refused.topic == team.alerts
    await vic.say("/status@Deploy_Bot", topic=team.runs)
    status = await vic.wait_for(lambda m: "No run is under way" in m.text, PATIENCE)
    assert status.topic == team.runs
    tapped = await vic.tap(status, "Deploy")
    assert tapped is not None
    assert tapped.alert
    assert tapped.text.startswith("Nothing was done. This is for owners.")
    await own.say("/help")
    shown = await own.wait_for(lambda m: "/status" in m.text, PATIENCE)
    assert "/deploy" not in shown.text
    await house.all_handled()
    assert await house.runs() == []
    mine = [m for m in await vic.messages() if m.sender == "Deploy"]
    assert len(mine) == 2  # the refusal and the status: no word to Eve, nor to what other bots are asked
    assert await _audited(house) == [
        (f"telegram:{STRANGER}", "ignored"),
        ("Vic (1003)", "refused"),
        ("Vic (1003)", "command"),
        ("Vic (1003)", "refused"),
        ("Vic (1003)", "command"),
    ]


async def test_whoami_tells_the_ids_that_the_settings_ask_for(team: Team) -> None:
    world = team.house.telegram.world
    elsewhere = world.add_group("Fun", [MASTER, VIC])
    ada, vic = await team.person(MASTER, "Ada"), await team.person(VIC, "Vic", group=True)
    await vic.say("/whoami", topic=team.runs)
    told = await vic.wait_for(lambda m: "Who you are" in m.text, PATIENCE)
    assert told.text == (
        "Who you are here\n"
        "Vic · user 1003 · viewer\n"
        f"Chat {team.home} · supergroup · home chat\n"
        f"Topic {team.runs}"
    )
    await ada.say("/whoami")
    told = await ada.wait_for(lambda m: "Who you are" in m.text, PATIENCE)
    assert told.text == "Who you are here\nAda · user 1001 · owner\nChat 1001 · private\nTopic none"
    for user, text in ((VIC, "/whoami"), (MASTER, "/status"), (MASTER, "/whoami")):
        world.say(user, text, chat=elsewhere.id)
    await team.house.all_handled()
    said = [m["text"] for m in world.messages(MASTER, chat=elsewhere.id) if not m["out"]]
    assert said[1:] == [
        f"Who you are here\nAda · user 1001 · owner\nChat {elsewhere.id} · supergroup\nTopic none"
    ]


async def test_each_is_offered_what_they_may_do(team: Team) -> None:
    ada, vic = await team.person(MASTER, "Ada"), await team.person(VIC, "Vic")
    here, there = await team.person(MASTER, "Ada", group=True), await team.person(VIC, "Vic", group=True)
    eve = await team.person(STRANGER, "Eve")

    async def offered() -> bool:
        """That of the group stands for an owner too, until her own is there."""
        each = [await one.commands() for one in (ada, vic, there)]
        return all(each) and await here.commands() == each[0]

    await team.house.until(offered, "the menus are there")
    full = [command["command"] for command in await ada.commands()]
    looking = [command["command"] for command in await vic.commands()]
    assert full[0] == "deploy"
    assert [one["command"] for one in await here.commands()] == full
    assert [one["command"] for one in await there.commands()] == looking
    assert looking == ["status", "alerts", "history", "releases", "stats", "logs", "whoami", "help"]
    assert await eve.commands() == []


async def test_what_a_deleted_topic_should_have_held_goes_to_general(team: Team) -> None:
    delete_topic(team.house.telegram.world, team.home, team.runs)
    ada = await team.person(MASTER, "Ada", group=True)
    await ada.say("/backup")
    hand = await Hand.claim(team.house.store, team.house.project)
    card = await ada.wait_for(lambda m: f"run {hand.run.id}" in m.text, PATIENCE)
    assert card.topic is None


async def test_a_message_with_a_code_does_not_stay(team: Team) -> None:
    ada = await team.person(MASTER, "Ada")
    said = await ada.say("/approve 1 123456")
    await team.house.all_handled()
    assert said.id not in [message.id for message in await ada.messages()]


async def test_a_picture_with_a_code_below_it_does_not_stay(team: Team) -> None:
    ada = await team.person(MASTER, "Ada")
    said = await ada.say("the picture")
    await team.house.all_handled()
    picture = {"file_id": "1", "file_unique_id": "1", "width": 1, "height": 1}
    chat, user = {"id": MASTER, "type": "private"}, {"id": MASTER, "is_bot": False, "first_name": "Ada"}
    message = {"message_id": said.id, "date": 1, "chat": chat, "from": user, "photo": [picture]}
    update = {"update_id": 1_000_000, "message": message | {"caption": "/approve 1 123 456"}}
    await team.house.store.inbox.store_one(1_000_000, json.dumps(update))
    await ada.say("/help")  # what lies in the inbox is handled, too
    told = await ada.wait_for(lambda m: "does not count" in m.text, PATIENCE)
    await team.house.all_handled()
    assert said.id not in [message.id for message in await ada.messages()]
    assert "456" not in told.text + str([row["detail"] for row in await team.house.audit()])


async def test_a_card_in_the_group_is_edited_as_the_run_goes_on(team: Team) -> None:
    ada = await team.person(MASTER, "Ada", group=True)
    await ada.say("/backup")
    hand = await Hand.claim(team.house.store, team.house.project)
    card = await ada.wait_for(lambda m: "▶️ Running" in m.text, PATIENCE)
    await hand.begin(StageName.BACKUP)
    await hand.finish(RunState.SUCCEEDED)
    done = await ada.wait_for(lambda m: "✅ Done" in m.text, PATIENCE)
    assert (done.id, done.topic) == (card.id, team.runs)


async def _audited(house: House) -> list[tuple[str, str]]:
    """Without Telegram's own notices, which nobody sent."""
    lines = [(row["actor"], row["action"]) for row in await house.audit()]
    return [line for line in lines if line[0] != "telegram:unknown"]
