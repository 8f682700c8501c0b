"""/whoami: the ids that the settings ask for, of who writes and of where."""

from __future__ import annotations

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import Message, User

from bot.answer import Answer
from bot.cards.people import Who, whoami_card
from bot.place import Place
from bot.rights import Role, anywhere, of_all
from bot.served import Projects
from pipeline.wording.markup import clean


async def whoami(
    message: Message, event_from_user: User, place: Place, role: Role, projects: Projects
) -> Answer:
    return Answer(
        card=whoami_card(
            Who(
                user=event_from_user.id,
                name=clean(event_from_user.full_name),
                role=role,
                chat=place.chat,
                chat_type=message.chat.type,
                topic=place.topic,
                is_home=any(served.home.now(place.chat) == served.home.chat for served in projects),
            )
        )
    )


def setup() -> Router:
    router = Router(name="whoami")
    router.message.register(
        whoami, Command("whoami", ignore_case=True, ignore_mention=True), flags=anywhere() | of_all()
    )
    return router
