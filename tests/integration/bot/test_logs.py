"""The Logs button: the run's whole log as a document, from the journal."""

from __future__ import annotations

import gzip

import pytest

from demo.botapi import ChatMessage
from pipeline.model.errors import NOTHING_CHANGED
from pipeline.model.run import Failure
from pipeline.model.states import ExitCode, RunState, StageName
from tests.integration.bot.house import Hand, House

LOG = "2026-03-01T20:15:00Z test collected 2 items\n" * 2000


async def failed(house: House, log: str | None = LOG) -> tuple[Hand, ChatMessage]:
    hand = await house.requested()
    if log is not None:
        await house.store.logs.keep(hand.run.id, hand.run.epoch, gzip.compress(log.encode()))
    failure = Failure(
        stage=StageName.TEST, what="1 of 2 tests failed.", production=NOTHING_CHANGED, advice="Mend it."
    )
    await hand.finish(RunState.FAILED, ExitCode.TEST_FAILED, failure)
    result = await house.read("Deploy failed, nothing changed")
    assert result.labels[:2] == ["Deploy again", "Logs"]
    return hand, result


async def documents(house: House) -> list[ChatMessage]:
    return [message for message in await house.bot_messages() if message.document]


async def test_the_log_comes_as_a_document_and_twice_within_a_minute_is_once(house: House) -> None:
    hand, result = await failed(house)
    answer = await house.master.tap(result, "Logs")
    assert answer is not None
    assert answer.text == "The log is on its way."
    sent = await house.read(f"Log of run {hand.run.id}")
    assert sent.text == f"Log of run {hand.run.id} · Deploy · sample · ❌ Failed"
    assert sent.document == f"run-{hand.run.id}.log"
    assert sent.raw["reply_to_message"]["message_id"] == result.id
    assert await house.master.download(sent) == LOG.encode()
    await house.all_handled()
    again = await house.master.tap(result, "Logs")
    assert again is not None
    assert again.text == "The log was sent just now, as a reply to this message."
    await house.store.pool.execute("UPDATE run_logs SET sent_at = sent_at - interval '2 minutes'")
    await house.master.tap(result, "Logs")
    await house.read(f"Log of run {hand.run.id}", after=sent)
    assert len(await documents(house)) == 2


async def test_a_run_without_a_kept_log_says_where_it_lies(house: House) -> None:
    hand, result = await failed(house, log=None)
    answer = await house.master.tap(result, "Logs")
    assert answer is not None
    assert answer.alert
    assert f"reports/run-{hand.run.id}/run.log" in answer.text
    assert await documents(house) == []


@pytest.mark.parametrize(
    ("trouble", "options"),
    [
        ("flood", {"retry_after": 1}),
        ("drop", {}),
        ("error", {"status": 500}),
        ("hang", {"hang_seconds": 1}),
    ],
)
async def test_what_passes_by_delays_the_log_and_sends_it_once(
    house: House, trouble: str, options: dict[str, int]
) -> None:
    hand, result = await failed(house)
    fault = house.telegram.faults.add(trouble, "sendDocument", **options)
    await house.master.tap(result, "Logs")

    async def tried() -> bool:
        return fault.times == 0

    await house.until(tried, "the file is on its way")
    await house.master.tap(result, "Logs")
    await house.read(f"Log of run {hand.run.id}")
    await house.all_handled()
    assert len(await documents(house)) == 1


@pytest.mark.parametrize(
    ("trouble", "options"),
    [
        ("error", {"status": 413, "description": "Request Entity Too Large"}),
        ("html", {"status": 413}),
        ("error", {"status": 400, "description": "Bad Request: file must be non-empty"}),
    ],
)
async def test_a_log_that_telegram_refuses_is_told(
    house: House, trouble: str, options: dict[str, object]
) -> None:
    hand, result = await failed(house)
    house.telegram.faults.add(trouble, "sendDocument", **options)
    await house.master.tap(result, "Logs")
    told = await house.read(f"run-{hand.run.id}.log could not be sent: Telegram refused it")
    assert "below STATE" in told.text
    assert await documents(house) == []
