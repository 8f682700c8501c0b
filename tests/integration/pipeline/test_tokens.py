"""How often the application is asked for its token budget: over real HTTP, by a clock of the test's own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from pipeline.engine.tokens import EVERY_SECONDS, SELDOM_SECONDS, Tokens
from pipeline.model.errors import ConfigurationError
from pipeline.model.release import TokenBudget

BUDGET = b'{"token_budget": {"used": 5, "limit": 9}}'


@dataclass
class Application:
    body: bytes = BUDGET
    asked: int = 0
    now: float = 0.0
    address: str | None = None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.asked += 1
        await reader.readuntil(b"\r\n\r\n")
        head = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(self.body)
        writer.write(head + self.body)
        await writer.drain()
        writer.close()

    async def where(self) -> str | None:
        return self.address


@pytest.fixture
async def application() -> AsyncIterator[Application]:
    application = Application()
    async with await asyncio.start_server(application.serve, "127.0.0.1", 0) as server:
        application.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/stats"
        yield application


async def test_it_is_asked_each_half_minute(application: Application) -> None:
    tokens = Tokens(application.where, lambda: application.now)
    assert await tokens.look() == TokenBudget(used=5, limit=9)
    application.body = b'{"token_budget": {"used": 6, "limit": 9}}'
    application.now = EVERY_SECONDS - 1
    assert await tokens.look() == TokenBudget(used=5, limit=9)
    application.now = EVERY_SECONDS
    assert await tokens.look() == TokenBudget(used=6, limit=9)
    assert application.asked == 2


async def test_one_that_tells_of_none_is_asked_seldom(application: Application) -> None:
    application.body = b"<html>welcome</html>"
    tokens = Tokens(application.where, lambda: application.now)
    for application.now in (0, EVERY_SECONDS, SELDOM_SECONDS - 1):
        assert await tokens.look() is None
    assert application.asked == 1
    application.now, application.body = SELDOM_SECONDS, BUDGET
    assert await tokens.look() is not None


async def test_what_was_told_does_not_outlive_an_application_that_is_away(application: Application) -> None:
    tokens = Tokens(application.where, lambda: application.now)
    assert await tokens.look() is not None
    application.now, there = EVERY_SECONDS, application.address
    application.address = "http://127.0.0.1:1/stats"
    assert await tokens.look() is None
    application.now, application.address = 2 * EVERY_SECONDS, there
    assert await tokens.look() is not None


async def test_an_address_that_cannot_be_had_is_no_trouble() -> None:
    async def refuses() -> str | None:
        raise ConfigurationError("DOCKER_COMPOSE_FILE", "broken", "a file compose takes")

    assert await Tokens(refuses).look() is None
