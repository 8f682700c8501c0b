"""Updates are stored before they are acknowledged, handled until they are done, and never lost."""

from __future__ import annotations

import asyncio
import json

import asyncpg
import httpx

from demo.botapi import BotApiServer
from pipeline.model.errors import ConfigurationError
from pipeline.model.states import ApprovalState
from pipeline.store.store import open_store
from tests.integration.bot.house import MASTER, TOKEN, Hand, House, new_world
from tests.integration.bot.passage import Passage


async def test_what_is_written_while_the_bot_is_away_is_done_later_and_once(house: House) -> None:
    await house.stop()
    await house.master.say("/backup")
    await house.master.say("/backup")
    house.start()
    await Hand.claim(house.store, house.project)
    await house.read("Not started.")
    await house.all_handled()
    assert len(await house.runs()) == 1


async def test_an_update_that_was_handled_but_not_closed_runs_again_without_effect(house: House) -> None:
    hand = await house.requested("/backup")
    await house.all_handled()
    await house.stop()
    await house.store.pool.execute("UPDATE inbox SET handled_at = NULL, attempts = 0")
    house.start()
    await house.all_handled()
    assert len(await house.runs()) == 1
    assert [run.id for run in await house.store.runs.recent(house.project.id, 5)] == [hand.run.id]


async def test_an_update_that_cannot_be_handled_is_set_aside_and_told(house: House) -> None:
    await house.store.inbox.store([(5, json.dumps({"update_id": 5, "message": {"strange": True}}))])
    await house.master.say("/backup")
    await house.read("could not be handled", "update 5")
    await Hand.claim(house.store, house.project)
    audited = [row["action"] for row in await house.audit() if row["actor"] == "bot"]
    assert audited == ["update set aside"]
    problem = await house.store.pool.fetchval("SELECT problem FROM inbox WHERE update_id = 5")
    assert "ValidationError" in problem


async def test_text_that_postgresql_cannot_keep_does_not_stop_the_inbox(house: House) -> None:
    world = house.telegram.world
    bot = world.bots[TOKEN]
    person = world.user(MASTER).as_api()
    chat = {"id": MASTER, "type": "private", "first_name": "Ada"}
    payload = {"message_id": 99, "date": 1, "chat": chat, "from": person, "text": "nul \0 half \ud83d"}
    bot.updates.push("message", payload, chat_id=MASTER, now=world.clock())
    await house.read("I do not know nul")


async def test_other_pollers_webhooks_floods_and_pages_of_html_are_survived(empty_house: House) -> None:
    house = empty_house
    faults = house.telegram.faults
    faults.add("flood", "getUpdates", times=1, retry_after=1)
    faults.add("html", "getUpdates", times=1)
    faults.add("error", "setMyCommands", times=1, status=400, description="Bad Request: BOT_COMMAND_INVALID")
    house.telegram.world.call(TOKEN, "setWebhook", {"url": "http://127.0.0.1:1/hook"})
    house.start()
    await house.master.say("/backup")
    await Hand.claim(house.store, house.project)
    assert house.telegram.world.call(TOKEN, "getWebhookInfo")["url"] == ""


async def test_another_poller_is_named_on_health_and_in_the_chat(house: House) -> None:
    """Of two polls Telegram refuses the one that was there before: ours."""
    await house.all_handled()
    async with (
        open_store(house.settings.journal, name="vnext-bot elsewhere 7"),
        httpx.AsyncClient(base_url=house.telegram.url, timeout=30, trust_env=False) as other,
    ):
        poll = asyncio.create_task(other.get(f"/bot{TOKEN}/getUpdates", params={"timeout": 20}))
        await house.check("telegram", lambda check: "bot on elsewhere (process 7)" in check.get("detail", ""))
        told = await house.read("CRITICAL: another process fetches my messages", "elsewhere (process 7)")
        assert "Production and runs are not touched" in told.text
        poll.cancel()
        await asyncio.wait({poll})


async def test_a_tap_that_lay_too_long_does_nothing_and_says_so(house: House) -> None:
    hand = await house.requested()
    approval = await hand.ask()
    plan = await house.read("Approve?")
    await house.all_handled()
    await house.stop()
    world = house.telegram.world
    world.tap(MASTER, plan.id, plan.buttons[0][0].data)
    [update] = world.call(TOKEN, "getUpdates")
    await house.store.inbox.store([(update["update_id"], json.dumps(update))])
    world.call(TOKEN, "getUpdates", {"offset": update["update_id"] + 1})
    await house.store.pool.execute("UPDATE inbox SET received_at = now() - interval '151 seconds'")
    house.start()
    await house.read("reached me too late, and nothing was done")
    found = await house.store.approvals.by_nonce(approval.nonce)
    assert found is not None
    assert found.state is ApprovalState.PENDING
    assert [row["action"] for row in await house.audit()][-1] == "tap too old"


async def test_a_tap_that_had_its_effect_is_never_too_late(house: House) -> None:
    hand = await house.requested()
    approval = await hand.ask()
    plan = await house.read("Approve?")
    await house.all_handled()
    house.telegram.faults.add("error", "answerCallbackQuery", seconds=600)
    house.telegram.world.tap(MASTER, plan.id, plan.buttons[0][0].data)
    await house.read("Approved by Ada")
    await house.stop()
    await house.store.pool.execute("UPDATE inbox SET received_at = now() - interval '151 seconds'")
    await house.restart_in_vain()
    house.start()
    await house.all_handled()
    found = await house.store.approvals.by_nonce(approval.nonce)
    assert found is not None
    assert found.state is ApprovalState.APPROVED
    assert not [each for each in await house.bot_messages() if "too late" in each.text]


async def test_telegram_away_at_the_start_is_waited_for(empty_house: House) -> None:
    house = empty_house
    await house.telegram.stop()
    house.start()

    await house.check("telegram", lambda check: "Cannot connect" in check.get("detail", ""))
    await house.telegram.start()
    await house.master.say("/backup")
    await Hand.claim(house.store, house.project)


async def test_a_token_that_telegram_refuses_ends_the_bot(empty_house: House) -> None:
    house = empty_house
    house.telegram.world.bots.clear()
    house.start()
    ended = await house.ended()
    assert isinstance(ended, BaseExceptionGroup)
    known = ended.subgroup(ConfigurationError)
    assert known is not None
    assert "TELEGRAM_API_TOKEN is refused by Telegram (Unauthorized)" in str(_leaf(known))


async def test_the_journal_may_go_away_for_a_while(house: House) -> None:
    await house.store.pool.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    await house.master.say("/backup")
    await Hand.claim(house.store, house.project)
    status, body = await house.health()
    assert (status, body["checks"]["database"]) == (200, {"status": "ok"})


async def test_the_journal_away_for_longer_delays_and_loses_nothing(empty_house: House) -> None:
    house = empty_house
    async with Passage(house.settings.db_host, house.settings.db_port) as passage:
        house.settings = house.settings.model_copy(update={"db_host": "127.0.0.1", "db_port": passage.port})
        house.start()
        await house.master.say("/help")
        await house.read("What I can do")
        await passage.close()
        await house.master.say("/backup")
        await house.check("database", lambda check: check["status"] == "down")
        await asyncio.sleep(1.5)  # long enough for each part to have met it
        await passage.open()
        hand = await Hand.claim(house.store, house.project)
        await house.read(f"run {hand.run.id} · asked by Ada ({MASTER})")
        await passage.close()
        await house.stop()


async def test_the_journal_away_at_the_start_is_waited_for(empty_house: House, postgres) -> None:
    house = empty_house
    name = house.settings.pipeline_db_name
    admin = await asyncpg.connect(
        host=postgres.host,
        port=postgres.port,
        user=postgres.user,
        password=postgres.password,
        database="postgres",
    )
    try:
        await admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        house.start()

        await house.check("database", lambda check: check["status"] == "down")
        status, body = await house.health()
        assert (status, body["status"]) == (503, "down")
        await admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
    finally:
        await admin.close()
    await house.master.say("/help")
    await house.read("What I can do")


def _leaf(error: BaseException) -> BaseException:
    return _leaf(error.exceptions[0]) if isinstance(error, BaseExceptionGroup) else error


async def test_a_world_begun_anew_is_heard_though_its_ids_are_known(house: House) -> None:
    """Update ids begin anew with another bot or another local Telegram."""
    await house.all_handled()
    await house.stop()
    port = house.telegram.port
    await house.telegram.stop()
    anew = BotApiServer(new_world(), port=port)
    await anew.start()
    try:
        house.start()
        anew.world.add_user(MASTER, "Ada")
        anew.world.say(MASTER, "/backup")
        await Hand.claim(house.store, house.project)
    finally:
        await house.stop()
        await anew.stop()
        await house.telegram.start()
