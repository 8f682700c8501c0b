"""python-telegram-bot against the server: another reading of Telegram's documentation than ours."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from telegram import Bot, CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message, Update
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, RetryAfter
from telegram.ext import Application, CallbackQueryHandler, CommandHandler, ContextTypes
from telegram.request import HTTPXRequest

from demo.botapi import Answer, BotApiServer, Person
from tests.integration.botapi.conftest import MASTER, SECONDS, TOKEN

KEYS = InlineKeyboardMarkup(
    [
        [
            InlineKeyboardButton("Approve", callback_data="yes"),
            InlineKeyboardButton("Reject", callback_data="no"),
        ],
        [InlineKeyboardButton("The diff", url="https://example.com/")],
    ]
)


def client(server: BotApiServer, token: str = TOKEN) -> Bot:
    return Bot(
        token,
        base_url=f"{server.url}/bot",
        base_file_url=f"{server.url}/file/bot",
        request=HTTPXRequest(httpx_kwargs={"trust_env": False}),
        get_updates_request=HTTPXRequest(httpx_kwargs={"trust_env": False}),
    )


@pytest.fixture
async def other(server: BotApiServer) -> AsyncIterator[Bot]:
    async with client(server) as bot:
        yield bot


async def _updates(bot: Bot) -> list[Update]:
    return list(await bot.get_updates(timeout=5, offset=0))


async def test_message_keyboard_edit_and_the_answer_to_a_tap(other: Bot, master: Person) -> None:
    me = await other.get_me()
    assert (me.username, me.first_name, me.is_bot) == ("deploy_bot", "Deploy", True)
    await master.say("/deploy main")
    [update] = await _updates(other)
    assert update.message is not None
    assert (update.message.text, update.message.chat.id) == ("/deploy main", MASTER)
    assert [entity.type for entity in update.message.entities] == ["bot_command"]

    text = "Plan for <b>9be01f7</b> &amp; <code>more</code>"
    sent = await other.send_message(MASTER, text, parse_mode="HTML", reply_markup=KEYS)
    assert sent.text_html == text
    card = await master.wait_for(lambda message: "Approve" in message.labels, SECONDS)
    assert card.labels == ["Approve", "Reject", "The diff"]

    tapping = asyncio.create_task(master.tap(card, "Approve"))
    [update] = await other.get_updates(timeout=5, offset=update.update_id + 1)
    query = update.callback_query
    assert isinstance(query, CallbackQuery)
    assert (query.data, query.from_user.id) == ("yes", MASTER)
    assert await query.answer("On its way", show_alert=True)
    assert await tapping == Answer("On its way", alert=True)
    edited = await query.edit_message_text("<i>Approved</i>", parse_mode="HTML")
    assert isinstance(edited, Message)
    assert (edited.message_id, edited.text_html, edited.reply_markup) == (
        sent.message_id,
        "<i>Approved</i>",
        None,
    )


async def test_a_document_goes_out_and_comes_back(other: Bot, master: Person) -> None:
    await master.say("/start")
    sent = await other.send_document(
        MASTER, b"line 1\nline 2", filename="run.log", caption="<b>The log</b>", parse_mode="HTML"
    )
    assert sent.document is not None
    assert (sent.document.file_name, sent.document.file_size) == ("run.log", 13)
    file = await sent.document.get_file()
    assert bytes(await file.download_as_bytearray()) == b"line 1\nline 2"
    seen = await master.wait_for(lambda message: message.document == "run.log", SECONDS)
    assert await master.download(seen) == b"line 1\nline 2"


async def test_refusals_are_its_own_errors(server: BotApiServer, other: Bot, master: Person) -> None:
    with pytest.raises(Forbidden, match="bot can't initiate conversation with a user"):
        await other.send_message(MASTER, "x")
    await master.say("/start")
    sent = await other.send_message(MASTER, "x")
    with pytest.raises(BadRequest, match="Message is not modified"):
        await sent.edit_text("x")
    with pytest.raises(BadRequest, match="Can't parse entities"):
        await other.send_message(MASTER, "<b>x", parse_mode="HTML")
    with pytest.raises(BadRequest, match="Query is too old"):
        await other.answer_callback_query("1")
    unknown = client(server, "7000000009:other")
    with pytest.raises(InvalidToken):
        await unknown.get_me()
    await unknown.request.shutdown()


async def test_a_flood_is_refused_with_the_seconds_to_wait(
    other: Bot, server: BotApiServer, master: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "true")
    await master.say("/start")
    now = server.world.clock()
    monkeypatch.setattr(server.world, "clock", lambda: now)  # as time goes by, more may be sent
    for number in range(6):
        await other.send_message(MASTER, str(number))
    with pytest.raises(RetryAfter) as caught:
        await other.send_message(MASTER, "one too many")
    assert caught.value.retry_after == timedelta(seconds=3)


async def test_of_two_pollers_one_meets_a_conflict(other: Bot, master: Person) -> None:
    older = asyncio.create_task(other.get_updates(timeout=20))
    await asyncio.sleep(0.1)
    newer = asyncio.create_task(other.get_updates(timeout=20))
    with pytest.raises(Conflict):
        await asyncio.wait_for(older, SECONDS)
    await master.say("hello")
    [update] = await asyncio.wait_for(newer, SECONDS)
    assert update.message is not None


async def test_a_whole_bot_of_it(server: BotApiServer, master: Person) -> None:
    async def deploy(update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.effective_message is not None
        await update.effective_message.reply_text("Plan", reply_markup=KEYS)

    async def tapped(update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.callback_query is not None
        await update.callback_query.answer("Approved")

    application = Application.builder().bot(client(server)).build()
    application.add_handler(CommandHandler("deploy", deploy))
    application.add_handler(CallbackQueryHandler(tapped))
    async with application:
        assert application.updater is not None
        await application.start()
        await application.updater.start_polling(timeout=5)
        try:
            await master.say("/deploy")
            card = await master.wait_for(lambda message: "Approve" in message.labels, SECONDS)
            assert await master.tap(card, "Approve") == Answer("Approved", alert=False)
        finally:
            await application.updater.stop()
            await application.stop()
