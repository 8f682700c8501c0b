"""A bare aiogram bot, the measure for ours: answers each message and each tap at once, keeps nothing.

`python -m tests.benchmarks.echo_bot URL TOKEN`, until SIGTERM.
"""

from __future__ import annotations

import asyncio
import sys

from aiogram import Bot, Dispatcher
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import CallbackQuery, Message


async def _echo(message: Message) -> None:
    await message.answer(message.text or "")


async def _tapped(query: CallbackQuery) -> None:
    await query.answer("tapped")


async def main(url: str, token: str) -> None:
    dispatcher = Dispatcher()
    dispatcher.message.register(_echo)
    dispatcher.callback_query.register(_tapped)
    session = AiohttpSession(api=TelegramAPIServer.from_base(url))
    async with Bot(token, session=session) as bot:
        await dispatcher.start_polling(bot)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
