"""/start and /help."""

from __future__ import annotations

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import Message

from bot.answer import Answer
from bot.cards.help import help_card
from pipeline.model.release import Project


async def help_(_message: Message, project: Project) -> Answer:
    return Answer(card=help_card(project.name, project.branch))


def setup() -> Router:
    router = Router(name="help")
    router.message.register(help_, Command("start", "help", ignore_case=True, ignore_mention=True))
    return router
