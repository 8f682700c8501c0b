"""What Master writes and taps, and what he was told: each once in the audit log."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any

from aiogram import BaseMiddleware
from aiogram.types import CallbackQuery, Message, TelegramObject

from bot.answer import Answer
from bot.auth import shown_name
from bot.belonging import parted
from bot.codes import without_code
from bot.matter import Matter, as_said
from bot.requests import message_key, tap_key
from pipeline.store.audit import Audit
from pipeline.wording.markup import clean, cut, plain

_SHOWN = 100
_SAID = 200


class Trail(BaseMiddleware):
    """Inner middleware of messages and taps, around the handler that takes them.

    A line carries the key of its message or tap: handled twice it is written once, and it is about the run
    that was asked for with that key. `redact` takes out what is secret in what was typed.
    """

    def __init__(self, audit: Audit, redact: Callable[[str], str] = str) -> None:
        self._audit = audit
        self._redact = redact

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        answer = await handler(event, data)
        if not isinstance(answer, Answer):
            return answer
        matter: Matter | None = data.get("matter")
        of = matter.told if matter else {}
        event = as_said(event, data)
        if isinstance(event, CallbackQuery):
            chat = event.message.chat.id if event.message else None
            name, what = (
                shown_name(event.from_user),
                {"data": self._clean(parted(event.data or "")[0], _SHOWN)} | of,
            )
            return self._noted(name, "tap", answer, chat, tap_key(event), what)
        if isinstance(event, Message) and event.from_user:
            text = event.text or event.caption or ""
            action = "command" if text.startswith("/") else "message"
            what = {"text": self._clean(without_code(text), _SHOWN)} | of
            name = shown_name(event.from_user)
            return self._noted(name, action, answer, event.chat.id, message_key(event), what)
        return answer

    def _noted(
        self, actor: str, action: str, answer: Answer, chat: int | None, key: str, what: dict[str, str]
    ) -> Answer:
        """Written beside the sending, so that the answer need not wait for the journal."""
        said = self._clean(told(answer), _SAID)
        write = partial(
            self._audit.write, actor, action, run=answer.run, chat=chat, key=key, **what, said=said
        )
        return replace(answer, record=write)

    def _clean(self, text: str, limit: int) -> str:
        return cut(clean(self._redact(text)), limit)


def told(answer: Answer) -> str:
    """What an answer says, in one line; the card of a run says the rest."""
    if answer.toast:
        return answer.toast
    if answer.card:
        return next(filter(None, plain(answer.card.text).splitlines()), "")
    return "taken up"
