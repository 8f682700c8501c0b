"""What no other handler took; registered last."""

from __future__ import annotations

from aiogram import Router
from aiogram.types import CallbackQuery, Message

from bot.addressed import called
from bot.answer import Answer
from bot.auth import IGNORED, Ignored
from bot.cards.card import Card
from bot.cards.help import unknown
from bot.codes import without_code
from bot.rights import looking_at_all
from pipeline.wording.words import WARNING

CAPTION = (
    "Nothing was done: a command below a picture or a file does not count. Send it as a message of its own."
)


async def unknown_message(message: Message) -> Answer | Ignored:
    """In a group, a command that names no bot may be another bot's."""
    command = called(message.text)
    if message.chat.type != "private" and (command is None or command.mention is None):
        return IGNORED
    if called(message.caption):
        return Answer(card=Card(text=f"{WARNING} {CAPTION}"))
    return Answer(card=unknown(without_code(message.text or message.caption or "this")))


async def unknown_tap(_query: CallbackQuery) -> Answer:
    return Answer(toast="This button is no longer in use. /help shows what I can do.")


def setup() -> Router:
    router = Router(name="fallback")
    router.message.register(unknown_message, flags=looking_at_all())
    router.callback_query.register(unknown_tap, flags=looking_at_all())
    return router
