"""What no other handler took; registered last."""

from __future__ import annotations

from aiogram import Router
from aiogram.types import CallbackQuery, Message

from bot.answer import Answer
from bot.cards.help import unknown


async def unknown_message(message: Message) -> Answer:
    return Answer(card=unknown(message.text or message.caption or "this"))


async def unknown_tap(_query: CallbackQuery) -> Answer:
    return Answer(toast="This button is no longer in use. /help shows what I can do.")


def setup() -> Router:
    router = Router(name="fallback")
    router.message.register(unknown_message)
    router.callback_query.register(unknown_tap)
    return router
