"""Who is heard: owners and viewers, each in a private chat or a home chat.

Everybody else gets no answer and leaves a line in the audit.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiogram import BaseMiddleware
from aiogram.dispatcher.flags import extract_flags
from aiogram.types import CallbackQuery, Chat, Message, TelegramObject, Update, User

from bot.addressed import Myself, called
from bot.answer import Answer
from bot.cards.people import refused_card, refused_toast
from bot.home import Home
from bot.matter import as_said
from bot.place import place_of
from bot.rights import Hearing, Rights, Role, may_use
from bot.strangers import Strangers
from pipeline.store.audit import Audit
from pipeline.wording.markup import clean, cut

_SHOWN = 100


@dataclass(frozen=True)
class Ignored:
    """What is not answered and not kept."""


IGNORED = Ignored()
NOT_HERE = Answer(toast="Nothing was done. This group is not the home chat; answer there.", alert=True)


class Admission(BaseMiddleware):
    """Outer middleware of the dispatcher's updates: nothing behind it sees a stranger. `home` is that of any
    project.

    Hands on `place`, `role` and `hearing`. Gives IGNORED for what is not for this bot.
    """

    def __init__(self, rights: Rights, home: Home, strangers: Strangers, myself: Myself) -> None:
        self._rights = rights
        self._home = home
        self._strangers = strangers
        self._myself = myself

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        if not isinstance(event, Update) or await self._moved(event.message):
            return IGNORED
        if event.message and not (self._answers_a_bot(event) or await self._is_for_us(event.message)):
            return IGNORED
        user, chat = sender(event)
        hearing, place = self.hearing(event), place_of(event)
        if hearing is Hearing.REFUSED or place is None:
            await self._leave_trace(event, user, chat)
            return IGNORED
        role = self._rights.role(user.id if user else None)
        return await handler(event, {**data, "place": place, "role": role, "hearing": hearing})

    def hearing(self, update: Update) -> Hearing:
        user, chat = sender(update)
        where = self._home.now(chat.id) if chat else None
        return self._rights.hearing(user.id if user else None, where, self._home.homes)

    async def _moved(self, message: Message | None) -> bool:
        """Whether it is Telegram's notice that a group became a supergroup; a home chat is followed."""
        if message is None:
            return False
        if message.migrate_to_chat_id is not None:
            old, new = message.chat.id, message.migrate_to_chat_id
        elif message.migrate_from_chat_id is not None:
            old, new = message.migrate_from_chat_id, message.chat.id
        else:
            return False
        if self._home.now(old) in self._home.homes:
            await self._home.follow(old, new)
        return True

    async def _is_for_us(self, message: Message) -> bool:
        """In a group people talk to each other and to other bots."""
        if message.chat.type == "private":
            return True
        command = called(message.text)
        if command is None or message.forward_origin is not None:
            return False
        return command.mention is None or command.mention == await self._myself.username()

    def _answers_a_bot(self, update: Update) -> bool:
        """Whether an owner replies in a home chat to what a bot said: it may be a plan that wants a reason.
        Commands go by whom they are meant for."""
        message = update.message
        to = message.reply_to_message if message else None
        if message is None or to is None or to.from_user is None or not to.from_user.is_bot:
            return False
        if message.forward_origin is not None or called(message.text) is not None:
            return False
        user, _ = sender(update)
        owner = self._rights.role(user.id if user else None) is Role.OWNER
        return owner and self.hearing(update) is Hearing.HEARD

    async def _leave_trace(self, update: Update, user: User | None, chat: Chat | None) -> None:
        actor = f"telegram:{user.id}" if user else "telegram:unknown"
        await self._strangers.trace(
            actor,
            update=update.update_id,
            name=cut(clean(user.full_name), _SHOWN) if user else None,
            chat=chat.id if chat else None,
            said=_said(update),
        )


class Gate(BaseMiddleware):
    """Inner middleware of messages and taps: a handler runs for those whom its registration allows."""

    def __init__(self, audit: Audit) -> None:
        self._audit = audit

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        flags, role = extract_flags(data), data.get("role", Role.STRANGER)
        said = as_said(event, data)
        if data.get("hearing") is not Hearing.HEARD and not flags.get("afar"):
            await self._refused(said, why="not the home chat")
            return NOT_HERE if isinstance(said, CallbackQuery) else IGNORED
        if may_use(role, flags):
            return await handler(event, data)
        await self._refused(said, role=role)
        if isinstance(said, CallbackQuery):
            return Answer(toast=refused_toast(role), alert=True)
        return Answer(card=refused_card(role))

    async def _refused(self, event: TelegramObject, **why: Any) -> None:
        """A command without its arguments, which may be a code."""
        if isinstance(event, CallbackQuery):
            chat = event.message.chat.id if event.message else None
            why["tap"] = _short(event.data)
            await self._audit.write(shown_name(event.from_user), "refused", chat=chat, **why)
        elif isinstance(event, Message) and event.from_user:
            command = called(event.text)
            why["command"] = f"/{command.name}" if command else "a message"
            await self._audit.write(shown_name(event.from_user), "refused", chat=event.chat.id, **why)


def sender(update: Update) -> tuple[User | None, Chat | None]:
    """Who sent it and where; both None for what the bot does not take."""
    if update.message is not None:
        return update.message.from_user, update.message.chat
    if update.callback_query is not None:
        message = update.callback_query.message
        return update.callback_query.from_user, message.chat if message else None
    return None, None


def shown_name(user: User) -> str:
    """`Ada (42)`: who asked, for the journal."""
    return f"{cut(clean(user.full_name), 60) or 'Master'} ({user.id})"


def _said(update: Update) -> str:
    text = update.message.text if update.message else None
    return _short(text or (update.callback_query.data if update.callback_query else None))


def _short(text: str | None) -> str:
    return cut(clean(text or ""), _SHOWN)
