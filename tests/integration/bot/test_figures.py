"""The bot's endpoints over HTTP, and /stats in the chat with its picture."""

from __future__ import annotations

import asyncio
import io
import re
from datetime import UTC, datetime

import httpx
import pytest
from PIL import Image
from prometheus_client.parser import text_string_to_metric_families as parse

from bot.gathering import Gathering
from bot.health import Health
from demo.botapi import Person
from pipeline.model.states import ExitCode, RunState
from pipeline.store.store import open_store
from tests.integration.bot.house import LIVE_SHA, MASTER, PATIENCE, TOKEN, House


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each bot looks at its type for the first time, which takes long on a busy machine."""
    monkeypatch.setattr("bot.pictures.DRAW_SECONDS", PATIENCE * 2)


async def _get(house: House, path: str) -> httpx.Response:
    async with httpx.AsyncClient(timeout=30, trust_env=False) as client:
        return await client.get(f"http://127.0.0.1:{house.settings.bot_http_port}{path}")


async def _counted(house: House, path: str, word: str) -> httpx.Response:
    """The answer with this word, which it lacks where the journal took longer than it is waited for."""
    async with asyncio.timeout(PATIENCE):
        while word not in (answer := await _get(house, path)).text:  # noqa: ASYNC110 - an endpoint tells no events
            await asyncio.sleep(0.1)
        return answer


def _samples(text: str) -> dict[str, float]:
    return {
        sample.name + "".join(sorted(sample.labels.values())): sample.value
        for family in parse(text)
        for sample in family.samples
    }


async def test_endpoints_and_the_picture(house: House) -> None:
    await house.make_live(LIVE_SHA)
    await house.observe()
    hand = await house.requested("/deploy")
    await hand.finish(RunState.REVERTED, ExitCode.SMOKE_FAILED)
    await house.read("Reverted")

    status, health = await house.health()
    assert status == 200
    assert set(health["checks"]) == {"database", "telegram", "scheduler", "worker"}
    assert health["version"] == health["versions"]["controller"]
    assert set(health["versions"]) == {"controller", "python", "aiogram", "journal"}

    stats = (await _counted(house, "/stats", '"live"')).json()
    assert stats["live"]["sha"] == LIVE_SHA
    assert stats["runs"] == {"deploy": {"reverted": 1}}
    assert stats["dora"]["now"]["change_failure_rate"] == {
        "rate": None,
        "failed": 1,
        "reached_production": 1,
    }
    scraped = await _counted(house, "/metrics", "vnext_runs_total{")
    assert scraped.status_code == 200
    assert scraped.headers["Content-Type"].startswith("text/plain")
    seen = _samples(scraped.text)
    assert seen["vnext_journal_up"] == seen["vnext_runs_totaldeployrevertedsample"] == 1
    assert seen["vnext_disk_free_ratio"] == 0.5
    secret = house.settings.telegram_api_token.get_secret_value()
    for told in (scraped.text, str(stats), str(health)):
        assert not re.search(rf"(?<![\w.]){MASTER}(?!\w)", told), "as a number of its own, not within another"
        assert secret not in told

    await house.master.say("/stats light")
    card = await house.read("the last 30 days")
    assert "1 of 1: too few for a rate" in card.text
    photo = await house.master.wait_for(lambda message: "up to a year" in message.text, PATIENCE * 3)
    assert photo.id > card.id
    assert photo.raw["photo"]
    with Image.open(io.BytesIO(await house.master.download(photo))) as picture:
        assert (picture.size, picture.getpixel((2, 2))[:3]) == ((1080, 1500), (255, 255, 255))
    await house.master.say("/stats sepia")
    await house.read("/stats [light|dark]")


async def test_a_home_chat_that_takes_no_pictures_is_told_so_and_goes_on(empty_house: House) -> None:
    house = empty_house
    group = house.telegram.world.add_group("Ops", [MASTER])
    group.forbidden.add("photos")
    house.settings = house.settings.model_copy(update={"telegram_chat_id": group.id})
    house.start()
    async with Person(house.telegram.url, TOKEN, MASTER, chat=group.id) as ada:
        await ada.say("/stats")
        told = await ada.wait_for(lambda message: "could not be sent" in message.text, PATIENCE * 3)
        assert "not enough rights to send photos to the chat" in told.text
        await ada.say("/help")
        await ada.wait_for(lambda message: "What I can do" in message.text, PATIENCE)
    assert (await house.health())[1]["checks"]["telegram"] == {"status": "ok"}


async def test_who_asks_meanwhile_gets_the_same_and_a_journal_that_is_away_is_told(house: House) -> None:
    gathering = Gathering(Health())
    assert (await gathering.now()).problem == ""
    async with open_store(house.settings.journal) as store:
        gathering.journal(store, [house.project.id])
        found = await asyncio.gather(*(gathering.now() for _ in range(8)))
        assert gathering.collections == 2
        assert len({id(each) for each in found}) == 1
        assert found[0].counted
        assert found[0].at <= datetime.now(UTC)

        connection = await store.pool.acquire()
        try:
            await connection.execute("BEGIN; LOCK TABLE runs IN ACCESS EXCLUSIVE MODE")
            slow = Gathering(Health(), seconds=0.5)
            slow.journal(store, [house.project.id])
            away = await slow.now()
            assert not away.counted
            assert away.problem
            await connection.execute("ROLLBACK")
        finally:
            await store.pool.release(connection)
        async with asyncio.timeout(PATIENCE):
            while not (await slow.now()).counted:  # noqa: ASYNC110 - half a second may be too short
                await asyncio.sleep(0.1)
    away = await slow.now()
    assert not away.counted
    await gathering.end()
    await slow.end()
