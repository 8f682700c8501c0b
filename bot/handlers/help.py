"""/start and /help."""

from __future__ import annotations

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import Message

from bot.answer import Answer
from bot.cards.help import help_card
from bot.rights import Role, looking
from pipeline.model.release import Project


async def help_(_message: Message, project: Project, role: Role) -> Answer:
    return Answer(card=help_card(project.name, project.branch, role))


def setup() -> Router:
    router = Router(name="help")
    router.message.register(
        help_, Command("start", "help", ignore_case=True, ignore_mention=True), flags=looking()
    )
    return router
