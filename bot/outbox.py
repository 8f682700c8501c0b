"""The only place that sends, edits and answers."""

from __future__ import annotations

import asyncio
import time

import structlog
from aiogram.methods import AnswerCallbackQuery, EditMessageText, SendMessage
from aiogram.types import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    Message,
    ReplyParameters,
)

from bot.cards.card import Card
from bot.cards.text import TEXT_LIMIT, TOAST_LIMIT, cut, plain
from bot.telegram import NotNow, Telegram, Unsendable, Unwelcome

EDIT_SECONDS = 1.1
"""Between two edits: Telegram allows about one message a second in a chat."""

TOAST_SECONDS = 20.0
"""A tap that was not answered after so long is not worth an answer any more."""

_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)

log = structlog.get_logger()


class Outbox:
    def __init__(self, telegram: Telegram) -> None:
        self._telegram = telegram
        self._edited_at = 0.0

    async def send(self, chat: int, card: Card, *, reply_to: int | None = None) -> int:
        """One attempt; the message's id. Raises NotNow, Unwelcome, Unsendable."""
        reply = ReplyParameters(message_id=reply_to, allow_sending_without_reply=True) if reply_to else None
        message = SendMessage(
            chat_id=chat,
            text=card.text,
            parse_mode="HTML",
            reply_markup=keyboard(card),
            reply_parameters=reply,
            link_preview_options=_NO_PREVIEW,
        )
        try:
            sent = await self._telegram.call(message)
        except Unsendable as error:
            _tell_refused(error)
            sent = await self._telegram.call(message.model_copy(update=_as_plain(card)))
        return sent.message_id if isinstance(sent, Message) else int(sent["message_id"])

    async def edit(self, chat: int, message: int, card: Card) -> None:
        """One attempt; that it shows the card already is fine. Raises NotNow, Gone, Unsendable."""
        self._edited_at = time.monotonic()
        edit = EditMessageText(
            chat_id=chat,
            message_id=message,
            text=card.text,
            parse_mode="HTML",
            reply_markup=keyboard(card),
            link_preview_options=_NO_PREVIEW,
        )
        try:
            await self._telegram.call(edit)
        except Unsendable as error:
            if "message is not modified" in str(error):
                return
            _tell_refused(error)
            await self._telegram.call(edit.model_copy(update=_as_plain(card)))

    def until_edit(self) -> float:
        """Seconds until the next edit may go."""
        return max(0.0, self._edited_at + EDIT_SECONDS - time.monotonic())

    async def say(self, chat: int, card: Card, *, reply_to: int | None = None) -> None:
        """Sends, however long Telegram is away; gives up only where the chat or Telegram refuses."""
        while True:
            try:
                await self.send(chat, card, reply_to=reply_to)
            except (Unwelcome, Unsendable) as error:
                log.warning("answer_lost", problem=str(error))
            except NotNow as error:
                await asyncio.sleep(error.seconds)
                continue
            return

    async def toast(self, query: str, text: str, *, alert: bool = False) -> None:
        """Answers a tap; where it is too late for that, the effect stands all the same."""
        answer = AnswerCallbackQuery(
            callback_query_id=query, text=cut(text, TOAST_LIMIT) or None, show_alert=alert or None
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


def keyboard(card: Card) -> InlineKeyboardMarkup | None:
    if not card.rows:
        return None
    return InlineKeyboardMarkup(
        inline_keyboard=[
            [
                InlineKeyboardButton(text=button.text, callback_data=button.data, style=button.style)
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
