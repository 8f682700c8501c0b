"""Only Master, and only in his private chat: everybody else gets no answer and leaves a line in the audit."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from aiogram import BaseMiddleware
from aiogram.types import Chat, TelegramObject, Update, User

from bot.strangers import Strangers
from pipeline.wording.markup import clean, cut

_SHOWN = 100


class MasterOnly(BaseMiddleware):
    """Outer middleware of the dispatcher's updates: nothing behind it sees a stranger."""

    def __init__(self, master: int, strangers: Strangers) -> None:
        self._master = master
        self._strangers = strangers

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        if not isinstance(event, Update):
            return None
        user, chat = sender(event)
        if is_master(user, chat, self._master):
            return await handler(event, data)
        await self._leave_trace(event, user, chat)
        return None

    async def _leave_trace(self, update: Update, user: User | None, chat: Chat | None) -> None:
        actor = f"telegram:{user.id}" if user else "telegram:unknown"
        await self._strangers.trace(
            actor,
            update=update.update_id,
            name=cut(clean(user.full_name), _SHOWN) if user else None,
            chat=chat.id if chat else None,
            said=_said(update),
        )


def is_master(user: User | None, chat: Chat | None, master: int) -> bool:
    """In a group others read along, so there even Master is not heard."""
    return user is not None and user.id == master and chat is not None and chat.type == "private"


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
    data = update.callback_query.data if update.callback_query else None
    return cut(clean(text or data or ""), _SHOWN)
