from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer

from demo.botapi import BotApiServer, Person, World

TOKEN = "7000000001:integration"
MASTER = 1001
SECONDS = 90.0
"""To wait for what happens at once, on a busy machine."""


@pytest.fixture
async def server() -> AsyncIterator[BotApiServer]:
    """One bot, one person; retries of webhooks begin after 20 ms."""
    world = World()
    world.add_bot(TOKEN, username="deploy_bot", first_name="Deploy")
    world.add_user(MASTER, "Master")
    async with BotApiServer(world, webhook_delay=0.02) as server:
        yield server


@pytest.fixture
async def bot(server: BotApiServer) -> AsyncIterator[Bot]:
    session = AiohttpSession(api=TelegramAPIServer.from_base(server.url))
    async with Bot(TOKEN, session=session) as bot:
        yield bot


@pytest.fixture
async def master(server: BotApiServer) -> AsyncIterator[Person]:
    async with Person(server.url, TOKEN, MASTER) as person:
        yield person
