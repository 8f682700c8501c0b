"""Alerts in the chat. The test settles problems as a watcher does; the worker is a hand."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from demo.botapi import Answer, ChatMessage, Person
from pipeline.model.alert import Alert, Problem, Severity
from pipeline.model.inquiry import LogsWanted, NotFound, Restarted, RestartWanted
from pipeline.model.states import RunKind, RunState, Source
from tests.integration.bot.house import GOAL_SHA, LIVE_SHA, PATIENCE, TOKEN, Hand, House, furnished
from tests.integration.bot.test_process import _end, _start
from tests.integration.bot.test_service_logs import taken
from tests.integration.bot.test_way_back import _moved

VIC = 1003
ASKED = Answer("Asked for already: this message tells what comes of it.", False)
DOWN = Problem(
    fingerprint="down/app",
    severity=Severity.CRITICAL,
    title="app is down",
    what="Its container ended with exit code 1 <b>.",
    production="Nobody is served.",
    advice="See /logs app.",
    service="app",
    details=["KeyError: 'mood'"],
)
DISK = replace(
    DOWN,
    fingerprint="disk",
    severity=Severity.WARNING,
    title="The disk is filling up",
    production="Production goes on.",
    service=None,
)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.alerting.CALM_SECONDS", 0.1)


@pytest.fixture
async def watched(house: House) -> House:
    """What serves, and what served before."""
    await house.make_live(LIVE_SHA)
    await house.make_live(GOAL_SHA)
    await house.observe()
    return house


async def settle(house: House, *problems: Problem) -> list[Alert]:
    await house.store.alerts.settle(house.project.id, "production", problems, datetime.now(UTC))
    return await house.store.alerts.open(house.project.id)


async def become(house: House, message: ChatMessage, *words: str) -> ChatMessage:
    """The same message, once it reads so."""
    return await house.master.wait_for(
        lambda each: each.id == message.id and all(word in each.text for word in words), PATIENCE
    )


async def labelled(house: House, message: ChatMessage, *labels: str) -> ChatMessage:
    """The same message, once it has these buttons."""
    return await house.master.wait_for(
        lambda each: each.id == message.id and each.labels == list(labels), PATIENCE
    )


async def lasting(house: House, hours: float) -> None:
    """As if all of it had been told so much earlier."""
    earlier = timedelta(hours=hours)
    async with house.store.pool.acquire() as connection, connection.transaction():
        await connection.execute("UPDATE alerts SET told_at = told_at - $1::interval", earlier)
        await connection.execute("UPDATE nudges SET made_at = made_at - $1::interval", earlier)
        await connection.execute("UPDATE storms SET last_at = last_at - $1::interval", earlier)


async def said(house: House, *words: str) -> list[ChatMessage]:
    return [message for message in await house.bot_messages() if all(word in message.text for word in words)]


async def settled(house: House, holds: Callable[[list[ChatMessage]], bool], *words: str) -> None:
    async def fits() -> bool:
        return holds(await said(house, *words))

    await house.until(fits, f"the messages with {words}")


async def test_one_card_a_problem_over_its_life(watched: House) -> None:
    house = watched
    await settle(house, DOWN, DISK)
    down = await house.read("🚨 Critical: app is down · sample · app", "exit code 1 <b>.", "KeyError")
    disk = await house.read("⚠️ Warning: The disk is filling up", "Production goes on.")
    assert down.labels == ["Roll back", "Logs", "Restart", "Acknowledge", "Snooze"]
    assert disk.labels == ["Acknowledge", "Snooze"]
    assert await house.master.tap(disk, "Acknowledge") == Answer("Acknowledged: no more reminders.", False)
    await become(house, disk, "Acknowledged by Ada (1001)")
    await settle(house, replace(DOWN, more=2), DISK)
    await become(house, down, "came 3 times")
    await settle(house, DISK)
    over = await become(house, down, "✅ Over: app is down", "came 3 times")
    assert over.labels == []
    assert await house.master.tap_data(down, down.buttons[1][0].data) == Answer(
        "Nothing was done: this problem is over.", True
    )
    await settle(house, DOWN, replace(DISK, severity=Severity.CRITICAL))
    await become(house, down, "🚨 Critical: app is down", "came 4 times")
    back = await house.read("🚨 app is down is back.")
    worse = await house.read("🚨 Critical now: The disk is filling up.")
    assert (back.reply_to, worse.reply_to) == (down.id, disk.id)
    assert "Acknowledged" not in (await become(house, disk, "🚨 Critical: The disk")).text
    await settle(house)
    await settled(house, lambda found: not found, "is back")
    await settled(house, lambda found: not found, "Critical now")
    await house.stop()
    house.start()
    await house.master.say("/alerts")
    shown = await house.read("✅ No problem lasts", "app is down · app, over since")
    await house.master.tap(shown, "app is down")
    await house.read("✅ Over: app is down", after=shown)
    await house.master.say("/status")
    await house.read("Live: ")
    assert len(await said(house, "app is down · sample · app")) == 2, "its card, and the one asked for"


async def test_reminders_do_not_pile_up_and_are_not_repeated_by_a_restart(watched: House) -> None:
    house = watched
    [down] = await settle(house, DOWN)
    card = await house.read("Critical: app is down")
    await lasting(house, 1.01)
    first = await house.read("⏰ app is down lasts", f"/ack {down.id}")
    assert (first.reply_to, first.silent) == (card.id, False)
    await house.stop()
    house.start()
    await lasting(house, 1.01)
    second = await house.read("⏰ app is down lasts", after=first)
    await settled(house, lambda found: [each.id for each in found] == [second.id], "⏰")
    said_ = await house.master.say(f"/snooze {down.id} 2h")
    await house.read(f"Alert {down.id}, app is down, is snoozed until", after=said_)
    await settled(house, lambda found: not found, "⏰")
    await become(house, card, "Snoozed by Ada (1001) until")
    await lasting(house, 1.01)
    await house.master.say("/status")
    await house.read("🚨 1 problem, 1 critical: /alerts", "🚨 app is down · app")
    assert await said(house, "⏰") == []
    await house.store.pool.execute("UPDATE alerts SET snoozed_until = now()")
    third = await house.read("⏰ app is down lasts", after=second)
    said_ = await house.master.say(f"/ack {down.id}")
    await house.read(f"Alert {down.id}, app is down, is acknowledged since", after=said_)
    await settled(house, lambda found: not found, "⏰")
    await lasting(house, 1.01)
    said_ = await house.master.say(f"/ack {down.id + 7}")
    await house.read(f"Alert {down.id + 7} is not known", after=said_)
    assert third.id not in [each.id for each in await house.bot_messages()]
    assert await said(house, "⏰") == []


async def test_what_is_asked_once_more(watched: House) -> None:
    house = watched
    await settle(house, DOWN)
    card = await house.read("Critical: app is down")
    await house.master.tap(card, "Snooze")
    card = await labelled(house, card, "1 h", "8 h", "Until tomorrow 8:00", "« No, back")
    await house.master.tap(card, "« No, back")
    card = await labelled(house, card, "Roll back", "Logs", "Restart", "Acknowledge", "Snooze")
    await house.master.tap(card, "Logs")
    assert (await taken(house)).wanted == LogsWanted(service="app", lines=50, file=True)
    await house.master.tap(card, "Restart")
    card = await labelled(house, card, "Restart app", "« No, back")
    stale = card.buttons[0][0].data
    assert await house.master.tap(card, "Restart app") == Answer("Restarting…", False)
    inquiry = await taken(house)
    [down] = await house.store.alerts.open(house.project.id)
    assert inquiry.wanted == RestartWanted(service="app", by="Ada (1001)", alert=down.id)
    await become(house, card, "Ada (1001) asked for a restart of app at")
    assert await house.master.tap_data(card, stale) == ASKED
    assert await house.store.inquiries.take(house.project.id) is None
    found = Restarted(service="app", well=True, said="It runs and is healthy.")
    await house.store.inquiries.answer(inquiry.id, found)
    await become(house, card, "restarted. It runs and is healthy.")
    assert await house.master.tap_data(card, stale) == ASKED
    assert "restarted. It runs" in (await house.master.message(card.id)).text
    assert await house.store.inquiries.take(house.project.id) is None
    old = stale.rpartition(":")[0] + ":1700000000"
    late = await house.master.tap_data(card, old)
    assert late is not None
    assert "more than 5 minutes ago" in late.text
    await house.requested("/deploy")
    card = await labelled(house, card, "Logs", "Restart", "Acknowledge", "Snooze")
    refused = await house.master.tap(card, "Restart")
    assert refused is not None
    assert "(deploy) is under way" in refused.text
    assert await house.store.inquiries.take(house.project.id) is None


async def test_a_restart_by_command(watched: House) -> None:
    house = watched
    asked = await house.master.say("/restart ap")
    await house.read("There is no service 'ap'.", "There are: app.", after=asked)
    asked = await house.master.say("/restart app")
    question = await house.read("❓ Restart app?", after=asked)
    await house.master.tap(question, "Restart app")
    inquiry = await taken(house)
    await become(house, question, "Restarting app")
    data = question.buttons[0][0].data
    assert await house.master.tap_data(question, data) == ASKED
    assert await house.store.inquiries.take(house.project.id) is None
    assert inquiry.wanted == RestartWanted(service="app", by="Ada (1001)", alert=None)
    refused = NotFound(what="Nothing was restarted: run 7 (deploy) is under way.", advice="Wait.")
    await house.store.inquiries.answer(inquiry.id, refused)
    await become(house, question, "⚠️ app was not restarted.", "run 7 (deploy) is under way")
    assert await house.master.tap_data(question, data) == ASKED
    await house.all_handled()
    assert "was not restarted" in (await house.master.message(question.id)).text
    assert await house.store.inquiries.take(house.project.id) is None


async def test_a_rollback_for_an_alert(watched: House) -> None:
    house = watched
    await settle(house, DOWN)
    card = await house.read("Critical: app is down")
    silent = replace(DOWN, fingerprint="endpoint", title="The application is silent", service=None)
    await house.store.alerts.settle(house.project.id, "endpoint", [silent], datetime.now(UTC))
    full = replace(DOWN, fingerprint="disk", title="The disk is full", service=None)
    await house.store.alerts.settle(house.project.id, "host", [full], datetime.now(UTC))
    answers, disk = await house.read("application is silent"), await house.read("The disk is full")
    assert answers.labels == ["Roll back", "Acknowledge", "Snooze"]
    assert disk.labels == ["Acknowledge", "Snooze"], "no release mends that"
    await house.master.tap(card, "Roll back")
    hand = await Hand.claim(house.store, house.project)
    assert (hand.run.kind, hand.run.source) == (RunKind.ROLLBACK, Source.ALERT)
    await labelled(house, card, "Logs", "Restart", "Acknowledge", "Snooze")
    late = await house.master.tap_data(card, card.buttons[0][0].data)
    assert late is not None
    assert late.text.startswith("Nothing was started.")
    await hand.finish(RunState.SUCCEEDED)
    await labelled(house, card, "Roll back", "Logs", "Restart", "Acknowledge", "Snooze")
    await _moved(house)
    card = await labelled(house, card, "Roll back", "Logs", "Restart", "Acknowledge", "Snooze")
    await house.master.tap(card, "Roll back")
    choice = await house.read("Only the code, or the data of then too?")
    await house.master.tap(choice, "Code only")
    hand = await Hand.claim(house.store, house.project)
    assert (hand.run.kind, hand.run.source) == (RunKind.ROLLBACK, Source.ALERT)


async def test_viewers_look_and_owners_act(tmp_path: Path, postgres: Any) -> None:
    async with (
        furnished(tmp_path, postgres, viewers=str(VIC)) as house,
        Person(house.telegram.url, TOKEN, VIC, first_name="Vic") as vic,
    ):
        house.start()
        [down] = await settle(house, DOWN)
        await vic.say("/alerts")
        shown = await vic.wait_for(lambda each: "1 problem lasts" in each.text, PATIENCE)
        await vic.tap(shown, "app is down")
        card = await vic.wait_for(lambda each: "Critical: app is down" in each.text, PATIENCE)
        for button in ("Acknowledge", "Snooze", "Restart"):
            refused = await vic.tap(card, button)
            assert refused is not None
            assert refused.alert, button
        await vic.say(f"/ack {down.id}")
        await vic.say("/restart app")
        await house.all_handled()
        assert (await house.store.alerts.get(down.id)).acknowledged_at is None
        assert await house.store.inquiries.take(house.project.id) is None


async def test_in_quiet_hours_warnings_come_silently_and_wait_with_their_reminders(
    tmp_path: Path, postgres: Any
) -> None:
    here = datetime.now(UTC)
    hours = f"{here - timedelta(hours=2):%H:%M}-{here + timedelta(hours=2):%H:%M}"
    async with furnished(tmp_path, postgres, quiet_hours=hours) as house:
        house.start()
        await house.master.say("/help")
        answer = await house.read("What I can do")
        await house.first_look()
        await settle(house, DISK)
        disk = await house.read("Warning: The disk is filling up")
        await settle(house, DISK, DOWN)
        down = await house.read("Critical: app is down")
        await lasting(house, 1.01)
        reminder = await house.read("⏰ app is down lasts")
        house.remote.push("A commit at night")
        push = await house.read("Push · sample")
        silent = [each.silent for each in (answer, disk, down, reminder, push)]
        assert silent == [False, True, False, False, True]
        assert len(await said(house, "⏰")) == 1
        await house.stop()
        house.settings = house.settings.model_copy(update={"quiet_hours": "off"})
        house.start()
        morning = await house.read("⏰ The disk is filling up lasts")
        assert not morning.silent


async def test_a_thousand_problems_in_a_minute_make_a_handful_of_messages(house: House) -> None:
    before = len(await house.bot_messages())
    calls = house.telegram.world.bots[TOKEN].flood
    many = [
        replace(
            DISK,
            fingerprint=f"disk/{number}",
            title=f"Disk {number} is full",
            severity=Severity.CRITICAL if number == 900 else Severity.WARNING,
        )
        for number in range(1000)
    ]
    for count in (4, 250, 500, 1000):
        await settle(house, *many[:count])
        await asyncio.sleep(1)  # a storm blows for a while
    storm = await house.read("995 more problems", "1 critical")
    told = await house.read("🚨 Critical: so is one of those gathered above.")
    assert told.reply_to == storm.id
    new = (await house.bot_messages())[before:]
    assert len(new) == 7, "five cards, the one that gathers, and one that rings"
    assert sum(each.edits for each in new) <= 20
    assert calls.refused == 0
    await house.master.say("/alerts")
    listed = await house.read("1,000 problems last", "page 1 of 125")
    assert listed.labels[0].endswith("Disk 900 is full"), "critical ones come first"
    await house.master.tap(storm, "Acknowledge all")
    await become(house, storm, "Acknowledged or snoozed: no reminders.")
    await settle(house)
    await become(house, storm, "✅ Over: 995 problems")
    await settled(house, lambda found: len(found) == 5, "✅ Over: Disk")
    assert calls.refused == 0


async def test_one_that_comes_a_thousand_times_is_one_calm_card(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.alerting.CALM_SECONDS", 4.0)
    began = time.monotonic()
    for _ in range(10):
        await settle(house, replace(DISK, more=99))
        await asyncio.sleep(0.2)
    card = await house.read("came more than 990 times")
    assert len(await said(house, "The disk is filling up")) == 1
    assert card.edits <= 2 + (time.monotonic() - began) / 4, "not one a second"
    assert house.telegram.world.bots[TOKEN].flood.refused == 0


async def test_killed_while_it_tells_it_tells_nothing_twice(empty_house: House) -> None:
    house = empty_house
    process = await _start(house)
    await house.master.say("/help")
    await house.read("What I can do")
    problems = [replace(DISK, fingerprint=f"{n}", title=f"Disk {n} is full") for n in range(8)]
    await settle(house, *problems)
    await house.read("Disk 1 is full")
    process.kill()
    await _end(process)
    process = await _start(house)
    await house.read("3 more problems")
    await house.master.say("/nothing")
    await house.read("I do not know /nothing.")
    for number in range(5):
        assert len(await said(house, f"Warning: Disk {number} is full")) == 1
    assert len(await said(house, "more problems")) == 1
    assert len(await said(house, "Disk")) == 6
    process.terminate()
    assert (await _end(process))[0] == 0
