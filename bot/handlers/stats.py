"""/stats [light|dark]: the figures as a card, then as a picture."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from aiogram import Router
from aiogram.filters import Command, CommandObject
from aiogram.types import Message

from bot.answer import Answer, Document
from bot.cards.help import usage
from bot.cards.stats import stats_card
from bot.pictures import DRAW_SECONDS, Pictures
from bot.rights import looking
from pipeline.figures import read
from pipeline.model.release import Project
from pipeline.store.store import Store
from pipeline.wording.markup import line

FIGURES_STAND = "The figures above are all that it shows of the last 30 days."


async def stats(
    message: Message,
    command: CommandObject,
    store: Store,
    project: Project,
    pictures: Pictures,
    now: Callable[[], datetime],
) -> Answer:
    """Dark where nothing is said: it can be read in a light chat, and blinds nobody at night."""
    said = (command.args or "").strip().lower()
    if said not in ("", "light", "dark"):
        return Answer(card=usage("stats", command.args or ""))
    found = await read(store.figures, project.id, now())
    return Answer(
        card=stats_card(project.name, found),
        document=Document(
            key=f"stats:{message.message_id}",
            name="stats.png",
            caption=f"{line(project.name, 63)} · up to a year",
            reply_to=None,
            load=pictures.of(dark=said != "light"),
            sent=_noted,
            where=FIGURES_STAND,
            gone=f"it could not be drawn within {DRAW_SECONDS:g} s; the bot's log says why",
            photo=True,
        ),
    )


async def _noted() -> None:
    """Nothing is kept of it."""


def setup() -> Router:
    router = Router(name="stats")
    router.message.register(stats, Command("stats", ignore_case=True, ignore_mention=True), flags=looking())
    return router
