"""Tells handlers which project a message or a tap is about, and asks where that was not said.

Where there is one project all this is about that one, and nothing is asked or marked.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from aiogram import BaseMiddleware, Bot
from aiogram.dispatcher.flags import extract_flags
from aiogram.types import CallbackQuery, Message, TelegramObject, Update

from bot.answer import Answer
from bot.belonging import NONE_CHOSEN, parted
from bot.callbacks import Choice, MenuTap, WhichTap
from bot.cards.people import elsewhere_card
from bot.cards.which import (
    ASKED_LONG_AGO,
    NOT_SERVED,
    Candidate,
    chosen_card,
    other_project,
    which_card,
)
from bot.codes import without_code
from bot.matter import Matter
from bot.place import Place
from bot.requests import message_key, tap_key
from bot.served import Projects, Served
from bot.which import Facts, about, row_of_command, row_of_tap, said
from pipeline.model.release import ProjectId
from pipeline.store.belonging import Belonging
from pipeline.store.store import Store

STANDS = timedelta(hours=1)
"""So long the question which project may be answered: later, production is another one than it was."""

_COMMAND = {
    Choice.DEPLOY: "/deploy",
    Choice.ROLLBACK: "/rollback",
    Choice.BACKUP: "/backup",
    Choice.LOGS: "/logs",
    Choice.BRANCH: "/deploy ?",
    Choice.RELEASE: "/releases",
    Choice.STATUS: "/status",
    Choice.ALERTS: "/alerts",
}
"""What is written for a button of the menu."""


class Whose(BaseMiddleware):
    """Outer middleware of updates, behind Admission. Hands on what there is of the project, `matter` for
    `Which`, and `about`: the project, or all where none was said."""

    def __init__(self, projects: Projects, belonging: Belonging) -> None:
        self._projects = projects
        self._belonging = belonging
        self._names = {served.name: served.id for served in projects}

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        update, matter = event, Matter(project=self._projects.default)
        if isinstance(event, Update) and self._projects.several:
            update, matter = await self._read(event, data)
        served = matter.project or self._projects.default
        given = served.given() | {
            "projects": self._projects,
            "about": tuple(self._projects) if matter.project is None else (served,),
            "matter": matter,
        }
        return await handler(update, {**data, **given})

    async def _read(self, update: Update, data: dict[str, Any]) -> tuple[Update, Matter]:
        """The update as a handler of one project would read it."""
        if update.callback_query is not None:
            return await self._tapped(update, update.callback_query, data["bot"])
        if update.message is not None:
            return await self._written(update, update.message, data.get("place"))
        return update, Matter(project=None, several=True)

    async def _written(self, update: Update, message: Message, place: Place | None) -> tuple[Update, Matter]:
        text, replied = said(message.text or "", self._names), message.reply_to_message
        row = row_of_command(text.text)
        here = self._projects.in_topic(place.chat, place.topic) if place else None
        facts = Facts(
            said=text,
            row=await self._belonging.of(row) if row else None,
            replied=await self._of_message(replied.chat.id, replied.message_id) if replied else None,
            here=here.id if here else None,
        )
        if message.text != text.text and message.text is not None:
            update = _saying(update, message, text.text)
        return update, self._matter(about(facts))

    async def _tapped(self, update: Update, query: CallbackQuery, bot: Bot) -> tuple[Update, Matter]:
        data, of = parted(query.data or "")
        plain = update.model_copy(update={"callback_query": query.model_copy(update={"data": data})})
        if of is None:
            row = row_of_tap(data)
            found = await self._belonging.of(row) if row else None
            return plain, self._matter(self._projects.default.id if found is None else found)
        if of == NONE_CHOSEN:
            return plain, self._matter(None)
        matter = self._matter(of)
        if matter.refusal is None and data.startswith(f"{WhichTap.__prefix__}:"):
            return await self._chosen(plain, query, matter, WhichTap.unpack(data).update, bot)
        return plain, matter

    async def _chosen(
        self, plain: Update, query: CallbackQuery, matter: Matter, number: int, bot: Bot
    ) -> tuple[Update, Matter]:
        """What was asked for before the project was, by who has chosen it now. Its keys are those of then, so
        it is asked for once."""
        kept = await self._belonging.update(number)
        if kept is None or kept.age > STANDS:
            return plain, replace(matter, refusal=Answer(toast=ASKED_LONG_AGO, alert=True))
        before = Update.model_validate_json(kept.raw, context={"bot": bot})
        matter = replace(matter, update=number, tapped=query)
        if before.message is not None:
            text = said(before.message.text or "", self._names).text
            by_now = before.message.model_copy(update={"from_user": query.from_user, "text": text})
            return Update(update_id=plain.update_id, message=by_now), matter
        if before.callback_query is not None:
            data, _ = parted(before.callback_query.data or "")
            again = query.model_copy(update={"id": before.callback_query.id, "data": data})
            return Update(update_id=plain.update_id, callback_query=again), matter
        return plain, replace(matter, refusal=Answer(toast=ASKED_LONG_AGO, alert=True))

    async def _of_message(self, chat: int, message: int) -> ProjectId | None:
        return await self._belonging.of_message(self._projects.default.home.now(chat), message)

    def _matter(self, project: ProjectId | None) -> Matter:
        if project is None:
            return Matter(project=None, several=True)
        served = self._projects.by_id(project)
        refusal = Answer(toast=NOT_SERVED, alert=True) if served is None else None
        return Matter(project=served, several=True, refusal=refusal)


class Which(BaseMiddleware):
    """Inner middleware of messages and taps, next to the handler: who may not use that is not asked.

    Cards that handlers answer are marked with the project, and tell its name.
    """

    def __init__(self, projects: Projects, store: Store) -> None:
        self._projects = projects
        self._store = store

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        matter: Matter = data["matter"]
        if matter.refusal is not None:
            return matter.refusal
        if not matter.several:
            return await handler(event, data)
        if matter.project is None:
            if extract_flags(data).get("of_all"):
                return await handler(event, data)
            return self._asked(event, data["event_update"].update_id)
        if matter.update is not None:
            first = await self._store.belonging.choose(matter.update, matter.project.id)
            if first != matter.project.id:
                return self._refused(event, first)
        answer = await handler(event, data)
        if not isinstance(answer, Answer):
            return answer
        if matter.update is not None:
            return await self._begun(event, answer, matter.project, data["place"])
        return _belonging_to(answer, matter.project, data["place"])

    def _asked(self, event: TelegramObject, update: int) -> Answer:
        candidates = [Candidate(project_id=served.id, name=served.name) for served in self._projects]
        return Answer(card=which_card(_shown(event), update, candidates))

    def _refused(self, event: TelegramObject, first: ProjectId | None) -> Answer:
        served = self._projects.by_id(first) if first is not None else None
        name = served.name if served else "another project"
        return Answer(toast=other_project(name, _shown(event)), alert=True)

    async def _begun(self, event: TelegramObject, answer: Answer, served: Served, place: Place) -> Answer:
        """What came of it takes the place of the question, which stays where nothing came of it."""
        if answer.card is None and answer.alert:
            return answer
        elsewhere = answer.at_home and not _is_at_home(served, place)
        card = answer.card or chosen_card(_shown(event), served.name, elsewhere=elsewhere)
        asked = await self._store.runs.asked_by(_key(event)) if answer.run is None else None
        run = answer.run if asked is None else asked.id
        begun = replace(answer, card=card, edit=True, at_home=False, run=run)
        return _belonging_to(begun, served, place)


def _belonging_to(answer: Answer, served: Served, place: Place) -> Answer:
    if answer.at_home:
        card = answer.card if _is_at_home(served, place) else elsewhere_card()
        answer = replace(answer, card=card, at_home=False)
    if answer.card is None or answer.card.project is not None:
        return answer
    return replace(answer, card=served.card(answer.card))


def _is_at_home(served: Served, place: Place) -> bool:
    return served.home.now(place.chat) == served.home.chat


def _saying(update: Update, message: Message, text: str) -> Update:
    return update.model_copy(update={"message": message.model_copy(update={"text": text})})


def _shown(event: TelegramObject) -> str:
    """What was asked for, as a command; no code of it."""
    if isinstance(event, Message):
        return without_code(event.text or "")
    data = (event.data or "") if isinstance(event, CallbackQuery) else ""
    if data.startswith(f"{MenuTap.__prefix__}:"):
        return _COMMAND[MenuTap.unpack(data).choice]
    return "that"


def _key(event: TelegramObject) -> str:
    if isinstance(event, Message):
        return message_key(event)
    return tap_key(event) if isinstance(event, CallbackQuery) else ""
