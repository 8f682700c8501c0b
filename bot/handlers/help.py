"""/start and /help."""

from __future__ import annotations

from collections.abc import Sequence

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import Message

from bot.answer import Answer
from bot.cards.help import help_card
from bot.cards.overview import Watched, help_of_all_card
from bot.rights import Role, looking_at_all
from bot.served import Served


async def help_(_message: Message, about: Sequence[Served], role: Role) -> Answer:
    if len(about) > 1:
        watched = [Watched(name=served.name, branch=served.project.branch) for served in about]
        return Answer(card=help_of_all_card(watched, role))
    project = about[0].project
    return Answer(card=help_card(project.name, project.branch, role))


def setup() -> Router:
    router = Router(name="help")
    router.message.register(
        help_, Command("start", "help", ignore_case=True, ignore_mention=True), flags=looking_at_all()
    )
    return router
