"""The bot as the process it is in production."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

from pipeline.model.states import RunState, StageName
from tests.integration.bot.house import MASTER, PATIENCE, TOKEN, Hand, House
from tests.integration.bot.passage import Passage
from tests.ports import free_port


async def _start(house: House, **changes: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        env={**os.environ, **house.environment(), **changes},
        stderr=asyncio.subprocess.PIPE,
    )


async def _end(process: asyncio.subprocess.Process) -> tuple[int, str]:
    async with asyncio.timeout(PATIENCE):
        _, said = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode()


async def test_sigterm_ends_it_quickly_and_no_update_is_lost(empty_house: House) -> None:
    house = empty_house
    process = await _start(house)
    await house.master.say("/help")
    await house.read("What I can do")
    asked = [await house.master.say(f"/nothing{number}") for number in range(8)]
    await house.master.say("/backup")
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    code, said = await _end(process)
    assert (code, time.monotonic() - began < 30) == (0, True), said
    assert TOKEN not in said

    process = await _start(house)
    await Hand.claim(house.store, house.project)
    for message in asked:
        await house.read(f"I do not know {message.text}.")
    process.send_signal(signal.SIGINT)
    assert (await _end(process))[0] == 0


async def test_killed_it_loses_nothing_either(empty_house: House) -> None:
    house = empty_house
    process = await _start(house)
    await house.master.say("/help")
    await house.read("What I can do")
    await house.master.say("/backup")
    process.kill()
    await _end(process)
    process = await _start(house)
    await Hand.claim(house.store, house.project)
    process.terminate()
    assert (await _end(process))[0] == 0
    assert len(await house.runs()) == 1


async def test_killed_while_a_run_streams_it_goes_on_in_the_same_message(empty_house: House) -> None:
    house = empty_house
    process = await _start(house)
    hand = await house.requested()
    await hand.begin(StageName.TEST)

    async def stream() -> None:
        for number in range(1, 10_000):
            await hand.tell(StageName.TEST, f"{number} of 9999 tests")
            await asyncio.sleep(0.02)

    streaming = asyncio.create_task(stream())
    try:
        card = await house.read(f"run {hand.run.id}", " of 9999 tests")
        edited = card.edits
        await house.master.wait_for(lambda message: message.edits > edited, PATIENCE)
        process.kill()  # while lines come in, between any two steps of its work
        await _end(process)
        [stands] = await house.bot_messages()
        process = await _start(house)
        again = await house.master.wait_for(lambda message: message.edits > stands.edits, PATIENCE)
        assert again.id == card.id
        assert _tests(again.text) > _tests(stands.text)
    finally:
        streaming.cancel()
    await hand.finish(RunState.SUCCEEDED)
    assert (await house.read("Done · Deploy")).id == card.id
    await house.read("Deployed · sample")
    assert len(await house.bot_messages()) == 2
    process.terminate()
    assert (await _end(process))[0] == 0


def _tests(text: str) -> int:
    return int(text.partition(" of 9999 tests")[0].split()[-1])


async def _catches_sigterm(process: asyncio.subprocess.Process) -> None:
    status = Path(f"/proc/{process.pid}/status")
    while not int(status.read_text().partition("SigCgt:")[2].split()[0], 16) & 1 << (signal.SIGTERM - 1):  # noqa: ASYNC110
        await asyncio.sleep(0.02)


async def _ends(process: asyncio.subprocess.Process) -> None:
    began = time.monotonic()
    process.terminate()
    code, said = await _end(process)
    assert (code, time.monotonic() - began < 30) == (0, True), said


async def test_sigterm_ends_it_in_time_whatever_it_waits_for(empty_house: House) -> None:
    """At the start; while Telegram hangs and asks to wait for ten minutes; and PostgreSQL is away besides."""
    house = empty_house
    async with Passage(house.settings.db_host, house.settings.db_port) as passage:
        way = {"DB_HOST": "127.0.0.1", "DB_PORT": str(passage.port)}
        starting = await _start(house, BOT_HTTP_PORT=str(free_port()))
        process = await _start(house, **way)
        await _catches_sigterm(starting)
        await _ends(starting)
        await house.master.say("/help")
        help_ = await house.read("What I can do")
        house.telegram.faults.add("flood", "sendMessage", times=1, retry_after=600)
        house.telegram.faults.add("hang", "answerCallbackQuery", times=1)
        await house.master.say("/nothing")
        house.telegram.world.tap(MASTER, help_.id, help_.buttons[1][1].data)
        await house.until(lambda: _handled(house, 2), "both updates are handled")
        await passage.close()
        await house.check("database", lambda check: check["status"] == "down")
        await _ends(process)


async def _handled(house: House, count: int) -> bool:
    tried = "SELECT count(*) FROM inbox WHERE attempts > 0 AND handled_at IS NULL"
    return bool(await house.store.pool.fetchval(tried) >= count)


async def test_wrong_settings_are_told_in_one_sentence(empty_house: House) -> None:
    house = empty_house
    code, said = await _end(await _start(house, MASTER_CHAT_ID="me"))
    assert (code, said) == (
        64,
        "MASTER_CHAT_ID is 'me'; allowed: a whole number. Nothing was started."
        " Correct MASTER_CHAT_ID and start again.\n",
    )
    unknown = "7000000002:AAFakeTokenForLocalTestsOnly0123456789"
    code, said = await _end(await _start(house, TELEGRAM_API_TOKEN=unknown))
    last = said.splitlines()[-1]
    assert code == 64
    assert last.startswith("TELEGRAM_API_TOKEN is refused by Telegram (Unauthorized); allowed: ")
    assert unknown not in said


async def test_a_port_that_is_taken_is_named(empty_house: House) -> None:
    house = empty_house
    # As the bot takes it; whoever asks is hung up on.
    server = await asyncio.start_server(lambda _, writer: writer.close(), "0.0.0.0", 0)  # noqa: S104
    try:
        taken = str(server.sockets[0].getsockname()[1])
        code, said = await _end(await _start(house, BOT_HTTP_PORT=taken))
    finally:
        server.close()
        await server.wait_closed()
    assert code == 64
    assert f"BOT_HTTP_PORT is {taken} (" in said
