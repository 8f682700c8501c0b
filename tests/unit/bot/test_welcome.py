"""Chats that take no messages, or not of every kind: which of them /health tells of."""

from __future__ import annotations

from typing import Any

import pytest
from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError, TelegramMigrateToChat
from aiogram.methods import SendMessage

from bot.health import Health
from bot.telegram import Gone, Moved, Telegram, Unsendable, Unwelcome

HOME, OTHER = 42, 43


class Away:
    """A bot whose chats take nothing as long as they are in `refusing`."""

    def __init__(self) -> None:
        self.refusing: dict[int, Exception] = {}

    async def __call__(self, method: SendMessage, **_: Any) -> bool:
        if (refusal := self.refusing.get(int(method.chat_id))) is not None:
            raise refusal
        return True


def message(chat: int) -> SendMessage:
    return SendMessage(chat_id=chat, text="x")


def blocked(chat: int) -> TelegramForbiddenError:
    return TelegramForbiddenError(method=message(chat), message="Forbidden: bot was blocked by the user")


async def test_only_the_home_chat_makes_the_bot_unwell_and_only_it_makes_it_well_again() -> None:
    away, health = Away(), Health()
    telegram = Telegram(away, health, lambda chat: chat == HOME)  # type: ignore[arg-type]
    away.refusing = {OTHER: blocked(OTHER)}
    with pytest.raises(Unwelcome):
        await telegram.call(message(OTHER))
    assert health.sending.last.status == "ok"
    away.refusing = {HOME: blocked(HOME)}
    with pytest.raises(Unwelcome):
        await telegram.call(message(HOME))
    await telegram.call(message(OTHER))
    assert (health.sending.last.detail or "").startswith("the home chat takes no messages: ")
    telegram.heard(OTHER)
    assert health.sending.last.status != "ok"
    telegram.heard(HOME)
    assert health.sending.last.status == "ok"


def refusal(said: str) -> Exception:
    """As aiogram raises it, by the code that Telegram sends with these words."""
    kind = TelegramForbiddenError if said.startswith("Forbidden") else TelegramBadRequest
    return kind(method=message(HOME), message=said)


@pytest.mark.parametrize(
    "said",
    [
        "Bad Request: chat not found",
        "Bad Request: not enough rights to send text messages to the chat",
        "Bad Request: have no rights to send a message",
        "Bad Request: have no write access to the chat",
        "Forbidden: CHAT_SEND_PLAIN_FORBIDDEN",
        "Forbidden: CHAT_WRITE_FORBIDDEN",
    ],
)
async def test_a_chat_where_the_bot_may_not_write_is_asked_again(said: str) -> None:
    away, health = Away(), Health()
    away.refusing = {HOME: refusal(said)}
    with pytest.raises(Unwelcome):
        await Telegram(away, health).call(message(HOME))  # type: ignore[arg-type]
    assert health.shut == said


@pytest.mark.parametrize(
    "said",
    [
        "Bad Request: not enough rights to send photos to the chat",
        "Bad Request: not enough rights to send documents to the chat",
        "Bad Request: CHAT_SEND_PHOTOS_FORBIDDEN",
        "Forbidden: CHAT_SEND_DOCS_FORBIDDEN",
        "Forbidden: CHAT_SEND_MEDIA_FORBIDDEN",
    ],
)
async def test_a_chat_that_takes_text_only_is_no_chat_that_takes_nothing(said: str) -> None:
    away, health = Away(), Health()
    away.refusing = {HOME: refusal(said)}
    telegram = Telegram(away, health)  # type: ignore[arg-type]
    with pytest.raises(Unsendable, match=said):
        await telegram.call(message(HOME))
    assert health.shut is None


@pytest.mark.parametrize(
    "said", ["message to edit not found", "MESSAGE_ID_INVALID", "message can't be edited"]
)
async def test_a_message_that_is_no_longer_there_is_gone(said: str) -> None:
    away = Away()
    away.refusing = {HOME: refusal(f"Bad Request: {said}")}
    with pytest.raises(Gone):
        await Telegram(away, Health()).call(message(HOME))  # type: ignore[arg-type]


async def test_a_group_that_is_a_supergroup_now_says_which() -> None:
    away = Away()
    away.refusing = {-5: TelegramMigrateToChat(method=message(-5), message="x", migrate_to_chat_id=-1007)}
    with pytest.raises(Moved) as moved:
        await Telegram(away, Health()).call(message(-5))  # type: ignore[arg-type]
    assert (moved.value.chat, moved.value.seconds) == (-1007, 0.0)
