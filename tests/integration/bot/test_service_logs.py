"""/logs in the chat. The worker is a hand that answers through the journal."""

from __future__ import annotations

import asyncio
import gzip

from demo.botapi import ChatMessage
from pipeline.model.inquiry import Inquiry, LogsFound, LogsWanted, NotFound
from pipeline.model.release import ServiceState
from pipeline.model.run import Failure
from pipeline.model.states import ExitCode, RunState, StageName
from pipeline.store.listen import INQUIRIES
from tests.integration.bot.house import PATIENCE, House


async def taken(house: House) -> Inquiry:
    async with asyncio.timeout(PATIENCE), house.store.news.subscribe(INQUIRIES) as news:
        while (inquiry := await house.store.inquiries.take(house.project.id)) is None:
            await news.wait(0.2)
    return inquiry


async def answered(house: House, *lines: str) -> LogsWanted:
    inquiry = await taken(house)
    await house.store.inquiries.answer(inquiry.id, LogsFound(lines=list(lines), older=True))
    return inquiry.wanted


def service(name: str) -> ServiceState:
    return ServiceState(
        service=name,
        container=name,
        image="i",
        running=True,
        health="healthy",
        restarts=0,
        started_at=None,
    )


async def shown(house: House, message: ChatMessage, *words: str) -> ChatMessage:
    """The same message, once it reads so."""
    return await house.master.wait_for(
        lambda each: each.id == message.id and all(word in each.text for word in words), PATIENCE
    )


async def files(house: House) -> list[ChatMessage]:
    return [message for message in await house.bot_messages() if message.document]


async def test_the_newest_lines_and_the_buttons_below_them(house: House) -> None:
    await house.master.say("/logs app 2")
    assert await answered(house, "one <b>", "two") == LogsWanted(service="app", lines=2, file=True)
    card = await house.read("newest 2 lines", "one <b>\ntwo")
    assert card.labels == ["Refresh", "More"]
    toast = await house.master.tap(card, "Refresh")
    assert toast is not None
    assert toast.text == "Asking the worker…"
    assert await answered(house, "two", "three") == LogsWanted(service="app", lines=2)
    card = await shown(house, card, "two\nthree")
    await house.master.tap(card, "More")
    long = [f"{number:04} {'x' * 80}" for number in range(8)] * 8
    assert await answered(house, *long) == LogsWanted(service="app", lines=8, file=True)
    card = await shown(house, card, "newest 64 lines", "File brings all 64")
    sent = await house.read("Newest log lines of app")
    assert (sent.document, await house.master.download(sent)) == ("app.log", "\n".join([*long, ""]).encode())
    await house.all_handled()
    await house.master.tap(card, "File")
    await house.read("Newest log lines of app", after=sent)
    assert len(await files(house)) == 2


async def test_a_service_is_chosen_from_a_list_that_is_turned(house: House) -> None:
    await house.observe(services=[service(f"svc-{number:02}") for number in range(10)])
    await house.master.say("/logs 5")
    chooser = await house.read("Whose log?", "page 1 of 2")
    assert chooser.labels[-1] == "More »"
    await house.master.tap(chooser, "More »")
    chooser = await shown(house, chooser, "page 2 of 2")
    assert chooser.labels == ["✅ svc-08", "✅ svc-09", "« Back"]
    await house.observe(services=[service("svc-08")])
    toast = await house.master.tap(chooser, "svc-09")
    assert toast is not None
    assert toast.text == "The list has changed meanwhile; this is how it is now. Please choose again."
    chooser = await shown(house, chooser, "The newest 5 lines of a service.")
    assert chooser.labels == ["✅ svc-08"]
    await house.master.tap(chooser, "svc-08")
    assert await answered(house, "well") == LogsWanted(service="svc-08", lines=5, file=True)
    await shown(house, chooser, "svc-08 · newest 1 line", "well")


async def test_the_log_of_the_newest_run_that_failed_is_offered(house: House) -> None:
    hand = await house.requested()
    await house.store.logs.keep(hand.run.id, hand.run.epoch, gzip.compress(b"2 failed\n"))
    failure = Failure(stage=StageName.TEST, what="2 tests failed.", production="It serves.", advice="Mend.")
    await hand.finish(RunState.FAILED, ExitCode.TEST_FAILED, failure)
    await house.master.say("/logs")
    chooser = await house.read("No service is known")
    await house.master.tap(chooser, f"Run {hand.run.id}: deploy, failed")
    sent = await house.read(f"Log of run {hand.run.id}")
    assert await house.master.download(sent) == b"2 failed\n"


async def test_what_cannot_be_answered_is_told(house: House) -> None:
    said = await house.master.say("/logs app 5000")
    await house.read("LINES is 5000; allowed is a number from 1 to 2000.", after=said)
    said = await house.master.say("/logs app 5 please")
    await house.read("It goes like this: /logs [service] [lines]", after=said)
    await house.master.say("/logs ap")
    inquiry = await taken(house)
    refused = NotFound(
        what="There is no service 'ap'.", advice="Choose one of these:", services=["app", "web"]
    )
    await house.store.inquiries.answer(inquiry.id, refused)
    await house.read("There is no service 'ap'.", "Choose one of these: app, web")


async def _older(house: House, seconds: int) -> None:
    await house.store.pool.execute(
        "UPDATE inquiries SET asked_at = asked_at - make_interval(secs => $1)", float(seconds)
    )


async def test_a_worker_that_is_away_is_told_and_a_late_answer_changes_nothing(house: House) -> None:
    await house.master.say("/logs app")

    async def asked() -> bool:
        return bool(await house.store.pool.fetchval("SELECT count(*) FROM inquiries"))

    await house.until(asked, "it is asked")
    await _older(house, 6)
    card = await house.read("The worker does not answer; it has not told anything yet.")
    assert await house.store.inquiries.take(house.project.id) is None
    await house.master.tap(card, "Try again")
    inquiry = await taken(house)
    await _older(house, 16)
    await shown(house, card, "The worker took the question and did not answer.")
    await house.store.inquiries.answer(inquiry.id, LogsFound(lines=["late"]))
    found = await house.store.inquiries.get(inquiry.id)
    assert found is not None
    assert found.answer is None
