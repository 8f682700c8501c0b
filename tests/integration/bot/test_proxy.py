"""TELEGRAM_PROXY: Telegram is asked through it, and through nothing else."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from aiogram.methods import GetMe

from bot.health import Health
from bot.telegram import NotNow, Telegram, connect
from demo.botapi import BotApiServer, World
from pipeline.settings import BotSettings
from tests.integration.bot.house import MASTER, TOKEN


@contextlib.asynccontextmanager
async def socks5(asked: list[tuple[str, int]]) -> AsyncIterator[int]:
    """A SOCKS5 proxy without passwords (RFC 1928); `asked` tells where it was asked to connect to."""
    writers: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.closing(writer):
            await pass_on(reader, writer)

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        await reader.readexactly((await reader.readexactly(2))[1])
        writer.write(b"\x05\x00")
        kind = (await reader.readexactly(4))[3]
        length = 4 if kind == 1 else (await reader.readexactly(1))[0]
        raw = await reader.readexactly(length)
        host = ".".join(map(str, raw)) if kind == 1 else raw.decode()
        port = int.from_bytes(await reader.readexactly(2), "big")
        asked.append((host, port))
        there, back = await asyncio.open_connection(host, port)
        writers.append(back)
        writer.write(b"\x05\x00\x00\x01" + bytes(6))
        await asyncio.gather(_pump(reader, back), _pump(there, writer))

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]
        for writer in writers:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()


def settings(**changes: object) -> BotSettings:
    values = {
        "telegram_api_token": TOKEN,
        "master_chat_id": MASTER,
        "db_password": "unused",
        "git_url": "/unused",
        **changes,
    }
    return BotSettings(**values)


async def test_telegram_is_asked_through_the_proxy() -> None:
    world = World()
    world.add_bot(TOKEN, username="vnext_bot")
    asked: list[tuple[str, int]] = []
    async with BotApiServer(world) as server, socks5(asked) as port:
        proxied = settings(telegram_api_url=server.url, telegram_proxy=f"socks5://127.0.0.1:{port}")
        async with connect(proxied) as bot:
            me = await Telegram(bot, Health()).call(GetMe())
        assert me.username == "vnext_bot"
        assert asked == [("127.0.0.1", server.port)]


async def test_a_proxy_that_is_away_is_named_and_tried_again() -> None:
    away = settings(telegram_api_url="http://127.0.0.1:9", telegram_proxy="socks5://127.0.0.1:1")
    async with connect(away) as bot:
        with pytest.raises(NotNow, match=r"127\.0\.0\.1:1"):
            await Telegram(bot, Health()).call(GetMe())
