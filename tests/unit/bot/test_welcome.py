"""Chats that take no messages: which of them /health tells of."""

from __future__ import annotations

from typing import Any

import pytest
from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError, TelegramMigrateToChat
from aiogram.methods import SendMessage

from bot.health import Health
from bot.telegram import Moved, Telegram, Unwelcome

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


async def test_a_group_where_the_bot_may_not_write_is_asked_again() -> None:
    away = Away()
    refusal = "Bad Request: not enough rights to send text messages to the chat"
    away.refusing = {-5: TelegramBadRequest(method=message(-5), message=refusal)}
    with pytest.raises(Unwelcome):
        await Telegram(away, Health()).call(message(-5))  # type: ignore[arg-type]


async def test_a_group_that_is_a_supergroup_now_says_which() -> None:
    away = Away()
    away.refusing = {-5: TelegramMigrateToChat(method=message(-5), message="x", migrate_to_chat_id=-1007)}
    with pytest.raises(Moved) as moved:
        await Telegram(away, Health()).call(message(-5))  # type: ignore[arg-type]
    assert (moved.value.chat, moved.value.seconds) == (-1007, 0.0)
