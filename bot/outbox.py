"""The only place that sends, edits, deletes and answers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import structlog
from aiogram.methods import (
    AnswerCallbackQuery,
    DeleteMessage,
    EditMessageText,
    SendDocument,
    SendMessage,
    SendPhoto,
)
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
from bot.belonging import belonging
from bot.cards.card import Card
from bot.cards.trouble import undelivered
from bot.home import Home
from bot.pace import Paces
from bot.place import Place
from bot.telegram import CALL_SECONDS, Gone, Moved, NotNow, Telegram, Unsendable
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
    """Messages and edits are called by the lane of their chat (bot.lane); taps are answered at any time.

    A group that has become a supergroup is followed, and a topic that is gone is left out. `home` is that of
    any project.
    """

    def __init__(
        self,
        telegram: Telegram,
        paces: Paces,
        cards: Cards,
        home: Home,
        redact: Callable[[str], str] = str,
    ) -> None:
        self._telegram = telegram
        self._paces = paces
        self._cards = cards
        self._home = home
        self._redact = redact

    async def send(
        self, place: Place, card: Card, *, reply_to: int | None = None, silent: bool = False
    ) -> int:
        """One attempt; the message's id. `silent`: no phone rings. Raises NotNow, Unwelcome, Unsendable."""
        card, chat = self._clean(card), self._home.now(place.chat)
        message = SendMessage(
            chat_id=chat,
            message_thread_id=place.topic,
            text=card.text,
            parse_mode="HTML",
            reply_markup=keyboard(card),
            reply_parameters=_reply(reply_to if chat == place.chat else None),
            link_preview_options=_NO_PREVIEW,
            disable_notification=silent or None,
        )
        try:
            sent = await self._placed(message)
        except Unsendable as error:
            _tell_refused(error)
            sent = await self._placed(message.model_copy(update=_as_plain(card)))
        return await self._arrived(chat, sent)

    async def edit(self, chat: int, message: int, card: Card) -> None:
        """One attempt; that it shows the card already is fine. Raises NotNow, Moved, Gone, Unsendable.

        The chat is taken as it is: in a supergroup the message of that number is another one.
        """
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

    async def say(self, place: Place, card: Card, *, reply_to: int | None = None) -> None:
        """As `send`, where nobody asks for the message again; one that Telegram refuses is logged."""
        try:
            await self.send(place, card, reply_to=reply_to)
        except Unsendable as error:
            _tell_lost(self._clean(card), error)

    async def turn_over(self, place: Place, message: int, card: Card) -> None:
        """The message shows the card from now on; one that is gone, or of a chat that has moved, is followed
        by a new one. One attempt, as `say`."""
        try:
            await self.edit(place.chat, message, card)
        except (Gone, Moved):
            await self.say(place, card)
        except Unsendable as error:
            _tell_lost(self._clean(card), error)

    async def forget(self, place: Place, message: int) -> None:
        """One attempt to delete a message of somebody's; where that is not allowed it stays.

        Raises NotNow.
        """
        try:
            await self._paced(DeleteMessage(chat_id=self._home.now(place.chat), message_id=message))
        except (Gone, Unsendable) as error:
            log.info("message_not_deleted", message=message, problem=str(error))

    async def hand_over(self, place: Place, document: Document) -> None:
        """One attempt to send a file; where it is gone, or Telegram refuses it, the chat is told so.

        Raises NotNow.
        """
        try:
            if document.needed is not None and not await document.needed():
                return
            content = await document.load()
        except LOST as error:
            pass_on_cancellation()
            raise NotNow(_JOURNAL_SECONDS, f"the journal is away: {error}") from error
        if content is None:
            await self._lose(place, document, document.gone)
            return
        chat = self._home.now(place.chat)
        file = BufferedInputFile(content, document.name)
        shared: dict[str, Any] = {
            "chat_id": chat,
            "message_thread_id": place.topic,
            "caption": self._redact(document.caption),
            "parse_mode": "HTML",
            "disable_notification": document.silent or None,
            "reply_parameters": _reply(document.reply_to if chat == place.chat else None),
        }
        method: SendDocument | SendPhoto
        if document.photo:
            method = SendPhoto(photo=file, **shared)
        else:
            method = SendDocument(document=file, disable_content_type_detection=True, **shared)
        try:
            sent = await self._placed(method, seconds=document.seconds)
        except Unsendable as error:
            log.warning("document_refused", name=document.name, problem=str(error))
            await self._lose(place, document, f"Telegram refused it ({error})")
            return
        await self._arrived(chat, sent)
        await _note(document, document.sent)

    async def _lose(self, place: Place, document: Document, why: str) -> None:
        await self.say(place, undelivered(document.name, why, document.where))
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
        if chat not in self._home.homes:  # only cards are looked for, and they are in home chats
            return number
        try:
            await self._cards.arrived(chat, number)
        except LOST as error:
            pass_on_cancellation()
            log.warning("message_not_noted", problem=str(error))
        return number

    def _clean(self, card: Card) -> Card:
        return replace(card, text=self._redact(card.text))

    async def _placed(
        self, method: SendMessage | SendDocument | SendPhoto, *, seconds: int = CALL_SECONDS
    ) -> Any:
        """Without its topic where that is gone or closed: nothing is lost to a setting."""
        try:
            return await self._paced(method, seconds=seconds)
        except Unsendable as error:
            if method.message_thread_id is None or not _is_of_topic(error):
                raise
            log.warning("topic_not_there", topic=method.message_thread_id, problem=str(error))
            return await self._paced(method.model_copy(update={"message_thread_id": None}), seconds=seconds)

    async def _paced(
        self,
        method: SendMessage | EditMessageText | SendDocument | SendPhoto | DeleteMessage,
        *,
        seconds: int = CALL_SECONDS,
    ) -> Any:
        chat = int(method.chat_id or 0)
        await self._paces.of(chat).turn()
        try:
            return await self._telegram.call(method, seconds=seconds)
        except Moved as moved:
            await self._follow(chat, moved.chat)
            raise

    async def _follow(self, old: int, new: int) -> None:
        try:
            await self._home.follow(old, new)
        except LOST as error:
            pass_on_cancellation()
            raise NotNow(_JOURNAL_SECONDS, f"the journal is away: {error}") from error


def _is_of_topic(error: Unsendable) -> bool:
    return any(words in str(error) for words in ("message thread not found", "TOPIC_CLOSED", "TOPIC_DELETED"))


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
                    callback_data=belonging(button.data, card.project) or None,
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
