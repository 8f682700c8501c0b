from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiogram import Bot, Dispatcher
from aiogram.methods import SendMessage
from aiogram.types import Message
from aiogram.webhook.aiohttp_server import SimpleRequestHandler
from aiohttp import web

from demo.botapi import BotApiServer, Person
from tests.integration.botapi.conftest import SECONDS


class Receiver:
    """An HTTP endpoint that writes down what comes and answers as told."""

    def __init__(self) -> None:
        self.url = ""
        self.seen: list[str] = []
        self.secrets: set[str | None] = set()
        self.refused_until: tuple[str, str] | None = None
        """A line that is refused until another one was seen."""
        self.answer: dict[str, object] = {}
        self.changed = asyncio.Condition()

    async def handle(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.secrets.add(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        async with self.changed:
            line = f"{body['message']['from']['id']} {body['message']['text']}"
            self.seen.append(line)
            self.changed.notify_all()
        if self.refused_until and line == self.refused_until[0] and self.refused_until[1] not in self.seen:
            return web.Response(status=500)
        return web.json_response(self.answer)

    async def until(self, count: int) -> None:
        async with asyncio.timeout(SECONDS), self.changed:
            await self.changed.wait_for(lambda: len(self.seen) >= count)

    async def until_seen(self, line: str) -> None:
        async with asyncio.timeout(SECONDS), self.changed:
            await self.changed.wait_for(lambda: line in self.seen)


async def serve(app: web.Application) -> tuple[web.AppRunner, str]:
    runner = web.AppRunner(app, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}/hook"


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/hook", receiver.handle)
    runner, receiver.url = await serve(app)
    yield receiver
    await runner.cleanup()


async def test_updates_come_in_order_with_the_secret(bot: Bot, receiver: Receiver, master: Person) -> None:
    await master.say("before")
    await bot.set_webhook(receiver.url, secret_token="s3cret")
    await master.say("after")
    await master.say("later")
    await receiver.until(3)
    assert receiver.seen == ["1001 before", "1001 after", "1001 later"]
    assert receiver.secrets == {"s3cret"}


async def test_a_refused_update_is_retried_and_holds_back_its_chat_only(
    bot: Bot, server: BotApiServer, receiver: Receiver, master: Person
) -> None:
    receiver.refused_until = ("1001 one", "1002 hello")
    await bot.set_webhook(receiver.url)
    await master.say("one")
    await receiver.until(1)
    async with Person(server.url, bot.token, 1002, first_name="Second") as second:
        await master.say("two")
        await second.say("hello")
        await receiver.until_seen("1001 two")
    told = [line for line in receiver.seen if line.startswith("1001")]
    assert len(told) > 2, "it was tried again"
    assert told == ["1001 one"] * (len(told) - 1) + ["1001 two"]
    assert receiver.seen.index("1002 hello") < receiver.seen.index("1001 two")
    info = await bot.get_webhook_info()
    assert info.last_error_message == "Wrong response from the webhook: 500 Internal Server Error"


async def test_an_answer_may_carry_a_call(bot: Bot, receiver: Receiver, master: Person) -> None:
    receiver.answer = {"method": "sendMessage", "chat_id": 1001, "text": "from the answer"}
    await bot.set_webhook(receiver.url)
    await master.say("hello")
    assert await master.wait_for(lambda message: message.text == "from the answer", SECONDS)


async def test_aiograms_own_webhook_handler(bot: Bot, master: Person) -> None:
    dispatcher = Dispatcher()

    @dispatcher.message()
    async def echo(message: Message) -> SendMessage:
        return message.answer(f"echo {message.text}")

    app = web.Application()
    SimpleRequestHandler(dispatcher, bot, handle_in_background=False, secret_token="s3cret").register(
        app, path="/hook"
    )
    runner, url = await serve(app)
    try:
        await bot.set_webhook(url, secret_token="s3cret")
        await master.say("hello")
        assert await master.wait_for(lambda message: message.text == "echo hello", SECONDS)
        await bot.delete_webhook()
    finally:
        await runner.cleanup()
