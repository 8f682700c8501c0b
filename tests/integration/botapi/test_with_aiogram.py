"""aiogram's own Bot and Dispatcher against the server, over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiogram import Bot, Dispatcher, F
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramConflictError,
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiogram.filters import Command
from aiogram.types import (
    BotCommand,
    BufferedInputFile,
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Message,
    ReactionTypeEmoji,
)

from demo.botapi import Answer, BotApiServer, Person
from tests.integration.botapi.conftest import MASTER, SECONDS, TOKEN

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c636460f85f0f0002870180eb47ba920000000049454e44ae426082"
)


def keys(*rows: dict[str, str]) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(
        inline_keyboard=[
            [InlineKeyboardButton(text=text, callback_data=data) for text, data in row.items()]
            for row in rows
        ]
    )


@asynccontextmanager
async def running(dispatcher: Dispatcher, bot: Bot) -> AsyncIterator[None]:
    polling = asyncio.create_task(
        dispatcher.start_polling(bot, handle_signals=False, close_bot_session=False)
    )
    try:
        yield
    finally:
        await dispatcher.stop_polling()
        await polling


async def test_a_whole_conversation(bot: Bot, master: Person) -> None:
    dispatcher = Dispatcher()

    @dispatcher.message(Command("deploy"))
    async def deploy(message: Message) -> None:
        text = "Plan for <b>9be01f7</b> &amp; more"
        markup = keys({"Approve": "yes", "Reject": "no"}, {"Details": "more"})
        await message.answer(text, parse_mode="HTML", reply_markup=markup)

    @dispatcher.callback_query(F.data == "yes")
    async def approve(query: CallbackQuery) -> None:
        assert isinstance(query.message, Message)
        await query.message.edit_text("Approved")
        await query.answer("On its way", show_alert=True)
        log = BufferedInputFile(b"line 1\nline 2", "run.log")
        await query.message.reply_document(log, caption="The log")

    async with running(dispatcher, bot):
        await master.say("/deploy main")
        card = await master.wait_for(lambda message: "Approve" in message.labels, SECONDS)
        assert (card.text, card.labels) == ("Plan for 9be01f7 & more", ["Approve", "Reject", "Details"])
        assert await master.tap(card, "Appr") == Answer("On its way", alert=True)
        log = await master.wait_for(lambda message: message.document == "run.log", SECONDS)
        assert await master.download(log) == b"line 1\nline 2"
        assert [message.text for message in await master.messages()] == [
            "/deploy main",
            "Approved",
            "The log",
        ]
        assert await master.tap_data(card, "forged", timeout=0.2) is None


async def test_a_person_follows_changes_as_they_happen(bot: Bot, master: Person) -> None:
    await master.say("/start")
    seen: list[str] = []
    position = await master.position()

    async def watch() -> None:
        async for change in master.changes(after=position):
            seen.append(f"{change.kind} {change.message_id}")
            if change.kind == "deleted":
                return

    watching = asyncio.create_task(watch())
    sent = await bot.send_message(MASTER, "one")
    await bot.edit_message_text("two", chat_id=MASTER, message_id=sent.message_id)
    await bot.send_chat_action(MASTER, "typing")
    await bot.set_message_reaction(MASTER, sent.message_id, [ReactionTypeEmoji(emoji="👍")])
    await bot.delete_message(MASTER, sent.message_id)
    await asyncio.wait_for(watching, SECONDS)
    assert seen == ["new 2", "edited 2", "typing 0", "reaction 2", "deleted 2"]


async def test_every_other_method_aiogram_may_call(bot: Bot, master: Person) -> None:
    await master.say("/start")
    assert (await bot.get_me()).username == "deploy_bot"
    assert await bot.set_my_commands([BotCommand(command="deploy", description="Deploy")])
    assert await master.commands() == [{"command": "deploy", "description": "Deploy"}]
    assert (await bot.get_my_commands())[0].command == "deploy"
    sent = await bot.send_photo(MASTER, BufferedInputFile(PNG, "dot.png"), caption="x")
    assert sent.photo is not None
    file = await bot.get_file(sent.photo[0].file_id)
    downloaded = await bot.download_file(str(file.file_path))
    assert downloaded is not None
    assert downloaded.read() == PNG
    edited = await bot.edit_message_caption(chat_id=MASTER, message_id=sent.message_id, caption="y")
    assert isinstance(edited, Message)
    assert edited.caption == "y"
    await bot.edit_message_reply_markup(
        chat_id=MASTER, message_id=sent.message_id, reply_markup=keys({"a": "b"})
    )
    assert await bot.pin_chat_message(MASTER, sent.message_id)
    pinned = (await bot.get_chat(MASTER)).pinned_message
    assert pinned is not None
    assert pinned.message_id == sent.message_id
    assert await bot.unpin_chat_message(MASTER, message_id=sent.message_id)
    assert await bot.delete_my_commands()
    assert await bot.get_my_commands() == []
    assert (await bot.get_webhook_info()).url == ""
    assert await bot.close()
    assert await bot.log_out()


async def test_refusals_arrive_as_aiograms_errors(bot: Bot, server: BotApiServer, master: Person) -> None:
    with pytest.raises(TelegramForbiddenError, match="bot can't initiate conversation with a user"):
        await bot.send_message(MASTER, "x")
    await master.say("/start")
    sent = await bot.send_message(MASTER, "x")
    with pytest.raises(TelegramBadRequest, match="message is not modified"):
        await sent.edit_text("x")
    with pytest.raises(TelegramBadRequest, match="can't parse entities"):
        await bot.send_message(MASTER, "<b>x", parse_mode="HTML")
    with pytest.raises(TelegramBadRequest, match="query is too old"):
        await bot.answer_callback_query("1")
    async with Bot("7000000009:other", session=bot.session) as other:
        with pytest.raises(TelegramUnauthorizedError):
            await other.get_me()
    await master.block()
    with pytest.raises(TelegramForbiddenError, match="bot was blocked by the user"):
        await bot.send_message(MASTER, "x")
    assert server.world.state()["chats"][0]["blocked"] is True


async def test_real_flooding_is_refused(
    bot: Bot, server: BotApiServer, master: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    await master.say("/start")
    now = server.world.clock()
    monkeypatch.setattr(server.world, "clock", lambda: now)  # as time goes by, more may be sent
    for number in range(6):
        await bot.send_message(MASTER, str(number))
    with pytest.raises(TelegramRetryAfter) as caught:
        await bot.send_message(MASTER, "one too many")
    assert caught.value.retry_after == 3
    assert len(await master.messages()) == 7


async def test_scripted_faults(bot: Bot, server: BotApiServer, master: Person) -> None:
    await master.say("/start")
    add = server.faults.add
    add("flood", "sendMessage", retry_after=7)
    with pytest.raises(TelegramRetryAfter) as caught:
        await bot.send_message(MASTER, "x")
    assert caught.value.retry_after == 7
    add("error", status=503)
    with pytest.raises(TelegramServerError):
        await bot.get_me()
    add("html")
    with pytest.raises(Exception, match="Failed to decode object"):
        await bot.get_me()
    add("drop")
    with pytest.raises(TelegramNetworkError):
        await bot.get_me()
    add("hang", "getMe")
    with pytest.raises(TelegramNetworkError, match="timeout"):
        await bot.get_me(request_timeout=1)
    add("drop_after", "sendMessage")
    with pytest.raises(TelegramNetworkError):
        await bot.send_message(MASTER, "did it arrive?")
    assert [message.text for message in await master.messages()] == ["/start", "did it arrive?"]
    assert await bot.get_me()


async def test_the_older_of_two_pollers_is_ended(bot: Bot, master: Person) -> None:
    older = asyncio.create_task(bot.get_updates(timeout=20))
    await asyncio.sleep(0.1)
    newer = asyncio.create_task(bot.get_updates(timeout=20))
    with pytest.raises(TelegramConflictError, match="terminated by other getUpdates request"):
        await asyncio.wait_for(older, SECONDS)
    await master.say("hello")
    [update] = await asyncio.wait_for(newer, SECONDS)
    assert update.message is not None
    assert update.message.text == "hello"


async def test_a_poll_ends_when_a_webhook_is_set_and_the_token_stays_busy(bot: Bot) -> None:
    waiting = asyncio.create_task(bot.get_updates(timeout=20))
    await asyncio.sleep(0.1)
    await bot.set_webhook("http://127.0.0.1:9/hook")
    with pytest.raises(TelegramConflictError, match="terminated by setWebhook request"):
        await asyncio.wait_for(waiting, SECONDS)
    with pytest.raises(TelegramConflictError, match="while webhook is active"):
        await bot.get_updates()
    assert await bot.delete_webhook()
    assert await bot.get_updates() == []


async def test_two_bots_have_separate_chats(server: BotApiServer, bot: Bot, master: Person) -> None:
    other = "7000000002:agent"
    server.world.add_bot(other)
    async with Person(server.url, other, MASTER) as elsewhere:
        await elsewhere.say("hello agent")
        await master.say("hello deploy")
        assert [message.text for message in await elsewhere.messages()] == ["hello agent"]
    [update] = await bot.get_updates()
    assert update.message is not None
    assert update.message.text == "hello deploy"
    assert bot.token == TOKEN
