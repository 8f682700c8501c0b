"""The only place that sends, edits and answers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import structlog
from aiogram.methods import AnswerCallbackQuery, EditMessageText, SendDocument, SendMessage
from aiogram.types import (
    BufferedInputFile,
    CopyTextButton,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    Message,
    ReplyParameters,
)

from bot.answer import Document
from bot.cards.card import Card
from bot.cards.trouble import undelivered
from bot.pace import Pace
from bot.telegram import CALL_SECONDS, NotNow, Telegram, Unsendable
from pipeline.cancelling import pass_on_cancellation
from pipeline.store.chat import Cards
from pipeline.store.connect import LOST
from pipeline.wording.markup import TEXT_LIMIT, TOAST_LIMIT, cut, plain

TOAST_SECONDS = 20.0
"""A tap that was not answered after so long is not worth an answer any more."""

_JOURNAL_SECONDS = 2.0
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)

log = structlog.get_logger()


class Outbox:
    """Messages and edits are called by the lane of their chat (bot.lane); taps are answered at any time."""

    def __init__(
        self, telegram: Telegram, pace: Pace, cards: Cards, redact: Callable[[str], str] = str
    ) -> None:
        self._telegram = telegram
        self._pace = pace
        self._cards = cards
        self._redact = redact

    async def send(self, chat: int, card: Card, *, reply_to: int | None = None) -> int:
        """One attempt; the message's id. Raises NotNow, Unwelcome, Unsendable."""
        card = self._clean(card)
        message = SendMessage(
            chat_id=chat,
            text=card.text,
            parse_mode="HTML",
            reply_markup=keyboard(card),
            reply_parameters=_reply(reply_to),
            link_preview_options=_NO_PREVIEW,
        )
        try:
            sent = await self._paced(message)
        except Unsendable as error:
            _tell_refused(error)
            sent = await self._paced(message.model_copy(update=_as_plain(card)))
        return await self._arrived(chat, sent)

    async def edit(self, chat: int, message: int, card: Card) -> None:
        """One attempt; that it shows the card already is fine. Raises NotNow, Gone, Unsendable."""
        card = self._clean(card)
        edit = EditMessageText(
            chat_id=chat,
            message_id=message,
            text=card.text,
            parse_mode="HTML",
            reply_markup=keyboard(card),
            link_preview_options=_NO_PREVIEW,
        )
        try:
            await self._paced(edit)
        except Unsendable as error:
            if "message is not modified" in str(error):
                return
            _tell_refused(error)
            await self._paced(edit.model_copy(update=_as_plain(card)))

    async def say(self, chat: int, card: Card, *, reply_to: int | None = None) -> None:
        """As `send`, where nobody asks for the message again; one that Telegram refuses is logged."""
        try:
            await self.send(chat, card, reply_to=reply_to)
        except Unsendable as error:
            _tell_lost(self._clean(card), error)

    async def hand_over(self, chat: int, document: Document) -> None:
        """One attempt to send a file; where it is gone, or Telegram refuses it, the chat is told so.

        Raises NotNow.
        """
        try:
            content = await document.load()
        except LOST as error:
            pass_on_cancellation()
            raise NotNow(_JOURNAL_SECONDS, f"the journal is away: {error}") from error
        if content is None:
            await self._lose(chat, document, "it is no longer kept")
            return
        method = SendDocument(
            chat_id=chat,
            document=BufferedInputFile(content, document.name),
            caption=self._redact(document.caption),
            parse_mode="HTML",
            disable_content_type_detection=True,
            reply_parameters=_reply(document.reply_to),
        )
        try:
            sent = await self._paced(method, seconds=document.seconds)
        except Unsendable as error:
            log.warning("document_refused", name=document.name, problem=str(error))
            await self._lose(chat, document, f"Telegram refused it ({error})")
            return
        await self._arrived(chat, sent)
        await _note(document, document.sent)

    async def _lose(self, chat: int, document: Document, why: str) -> None:
        await self.say(chat, undelivered(document.name, why, document.where))
        if document.lost is not None:
            await _note(document, document.lost)

    async def toast(self, query: str, text: str, *, alert: bool = False) -> None:
        """Answers a tap; where it is too late for that, the effect stands all the same."""
        answer = AnswerCallbackQuery(
            callback_query_id=query,
            text=cut(self._redact(text), TOAST_LIMIT) or None,
            show_alert=alert or None,
        )
        give_up = time.monotonic() + TOAST_SECONDS
        while time.monotonic() < give_up:
            try:
                await self._telegram.call(answer)
            except Unsendable as error:
                log.info("tap_not_answered", problem=str(error))
            except NotNow as error:
                await asyncio.sleep(min(error.seconds, max(0.0, give_up - time.monotonic())))
                continue
            return

    async def _arrived(self, chat: int, sent: Any) -> int:
        number = sent.message_id if isinstance(sent, Message) else int(sent["message_id"])
        try:
            await self._cards.arrived(chat, number)
        except LOST as error:
            pass_on_cancellation()
            log.warning("message_not_noted", problem=str(error))
        return number

    def _clean(self, card: Card) -> Card:
        return replace(card, text=self._redact(card.text))

    async def _paced(
        self, method: SendMessage | EditMessageText | SendDocument, *, seconds: int = CALL_SECONDS
    ) -> Any:
        await self._pace.turn()
        return await self._telegram.call(method, seconds=seconds)


async def _note(document: Document, what: Callable[[], Awaitable[None]]) -> None:
    try:
        await what()
    except LOST as error:
        pass_on_cancellation()
        log.warning("document_not_noted", name=document.name, problem=str(error))


def _reply(message: int | None) -> ReplyParameters | None:
    return ReplyParameters(message_id=message, allow_sending_without_reply=True) if message else None


def keyboard(card: Card) -> InlineKeyboardMarkup | None:
    if not card.rows:
        return None
    return InlineKeyboardMarkup(
        inline_keyboard=[
            [
                InlineKeyboardButton(
                    text=button.text,
                    callback_data=button.data or None,
                    copy_text=CopyTextButton(text=button.copy) if button.copy else None,
                    style=button.style,
                )
                for button in row
            ]
            for row in card.rows
        ]
    )


def _as_plain(card: Card) -> dict[str, str | None]:
    """A card is never lost to its formatting."""
    return {"text": cut(plain(card.text), TEXT_LIMIT), "parse_mode": None}


def _tell_refused(error: Unsendable) -> None:
    log.error("formatting_refused", problem=str(error))


def _tell_lost(card: Card, error: Unsendable) -> None:
    log.error("message_refused", problem=str(error), text=plain(card.text))
