"""What the journal knows of a bot at work, and whether that proves it: real processes on both sides of it."""

from __future__ import annotations

import pytest

from pipeline.model.run import Run
from pipeline.model.running import Running
from pipeline.model.states import RunKind, Source, StageName
from pipeline.probe import get_json
from pipeline.smoke.pair import BOT_HEALTH, CARD, UPDATES, Pair, judge_pair
from pipeline.version import BAKED, own_host, own_version
from tests.integration.bot.house import GOAL_SHA, House

WORKER = "another-host"


@pytest.fixture(autouse=True)
def baked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(BAKED, GOAL_SHA)


async def seen(house: House, run: Run, *, sha: str = GOAL_SHA) -> Pair:
    store = house.store
    return Pair(
        sha=sha,
        hosts=frozenset({own_host(), WORKER}),
        health=await get_json(f"http://127.0.0.1:{house.settings.bot_http_port}/health", timeout=5),
        processes=await store.processes.all(),
        observed=await store.processes.observed(),
        written=await store.cards.written("run", run.id),
    )


async def missing(house: House, run: Run, *, sha: str = GOAL_SHA) -> set[str]:
    return {line.name for line in judge_pair(await seen(house, run, sha=sha)) if not line.ok}


async def bot_of(house: House) -> Running:
    found = await house.store.processes.newest("bot")
    assert found is not None
    return found


async def test_a_bot_and_a_worker_prove_themselves(house: House) -> None:
    hand = await house.requested()
    await hand.begin(StageName.PULL)
    await hand.tell(StageName.PULL, "fetching")
    card = await house.read("fetching")
    assert {"worker: journal"} <= await missing(house, hand.run)

    await house.store.processes.begin("worker", WORKER, own_version(), GOAL_SHA)
    await house.observe(worker=WORKER)

    async def proven() -> bool:
        return not await missing(house, hand.run)

    await house.until(proven, "bot and worker prove themselves")
    assert await missing(house, hand.run, sha="3" * 40) == {
        "bot: revision",
        "bot: journal",
        "worker: journal",
    }
    _, health = await house.health()
    assert (health["revision"], health["worker"]) == (
        GOAL_SHA,
        {"version": own_version(), "revision": GOAL_SHA},
    )

    await house.stop()
    first = await bot_of(house)
    house.telegram.faults.add("error", "editMessageText", "sendMessage", seconds=3600, status=500)
    house.start()

    async def anew() -> bool:
        bot = await bot_of(house)
        return bot.started_at > first.started_at and bot.polled_at is not None

    await house.until(anew, "the new bot has been given updates")
    await hand.tell(StageName.PULL, "for the new bot")
    await house.check("telegram", lambda check: check["status"] == "degraded")
    assert await missing(house, hand.run) == {BOT_HEALTH, CARD}

    house.telegram.faults.clear()
    await house.until(proven, "the new bot proves itself once it can write")
    assert (await house.read("for the new bot")).id == card.id


async def test_a_bot_beside_another_poller_gets_no_updates(empty_house: House) -> None:
    house = empty_house
    house.telegram.faults.add(
        "error",
        "getUpdates",
        seconds=3600,
        status=409,
        description="Conflict: terminated by other getUpdates request; make sure that only one bot instance"
        " is running",
    )
    house.start()
    run = await house.store.runs.request(house.project.id, RunKind.DEPLOY, source=Source.CLI, by="tester")

    async def told() -> bool:
        found = await house.store.processes.newest("bot")
        return found is not None and "another process polls" in found.ill.get("telegram", "")

    await house.until(told, "the conflict stands in the journal")
    assert {BOT_HEALTH, UPDATES} <= await missing(house, run)


async def test_a_chat_that_takes_no_messages_from_either_bot_does_not_count(house: House) -> None:
    hand = await house.requested()
    await hand.begin(StageName.PULL)
    await house.read("Running")
    await house.store.processes.begin("worker", WORKER, own_version(), GOAL_SHA)
    await house.observe(worker=WORKER)
    await house.master.block()
    await hand.tell(StageName.PULL, "to nobody")

    async def shut() -> bool:
        return (await bot_of(house)).shut is not None

    await house.until(shut, "the journal knows that the chat takes no messages")
    await house.stop()
    await house.store.pool.execute("UPDATE processes SET host = 'old' WHERE process = 'bot'")
    assert await house.store.cards.written("run", hand.run.id)
    house.start()

    async def proven() -> bool:
        return not await missing(house, hand.run)

    await house.until(proven, "the new bot proves itself but for the chat")
    assert {line.name for line in judge_pair(await seen(house, hand.run)) if line.detail} == {
        BOT_HEALTH,
        CARD,
    }


@pytest.fixture
async def settled(empty_house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """The bot told that it is well; from now on nothing changes, though each look at the remote is news."""
    monkeypatch.setattr("bot.presence.TELL_SECONDS", 3.0)
    empty_house.start()

    async def well() -> bool:
        found = await empty_house.store.processes.newest("bot")
        return found is not None and found.polled_at is not None and not found.ill

    await empty_house.until(well, "the bot told that it is well")
    return empty_house


async def test_a_bot_that_fares_as_before_says_so_again(settled: House) -> None:
    first = await bot_of(settled)

    async def again() -> bool:
        return (await bot_of(settled)).told_at > first.told_at

    await settled.until(again, "it told the same anew")


async def test_a_bot_that_the_journal_forgot_tells_of_itself_again(settled: House) -> None:
    await settled.store.pool.execute("DELETE FROM processes")

    async def known() -> bool:
        found = await settled.store.processes.newest("bot")
        return found is not None and found.revision == GOAL_SHA

    await settled.until(known, "the journal knows it again")
