from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from aiogram.types import CallbackQuery, Chat, Message, Update, User

from bot.auth import MasterOnly, is_master, sender, shown_name
from bot.strangers import Strangers
from tests.unit.bot.trail import Trail

MASTER = User(id=42, is_bot=False, first_name="Ada")
EVE = User(id=43, is_bot=False, first_name="Eve\u202e", last_name="<b>")
OWN = Chat(id=42, type="private")
GROUP = Chat(id=-1, type="supergroup")


def message(user: User | None, chat: Chat, text: str = "/deploy") -> Message:
    return Message(message_id=1, date=datetime.now(UTC), chat=chat, from_user=user, text=text)


def tap(user: User, on: Message | None) -> CallbackQuery:
    return CallbackQuery(id="1", from_user=user, chat_instance="1", message=on, data="plan:yes:x")


@pytest.mark.parametrize(
    ("update", "heard"),
    [
        (Update(update_id=1, message=message(MASTER, OWN)), True),
        (Update(update_id=1, callback_query=tap(MASTER, message(MASTER, OWN))), True),
        (Update(update_id=1, message=message(EVE, Chat(id=43, type="private"))), False),
        (Update(update_id=1, message=message(MASTER, GROUP)), False),
        (Update(update_id=1, message=message(None, OWN)), False),
        (Update(update_id=1, callback_query=tap(EVE, message(MASTER, OWN))), False),
        (Update(update_id=1, callback_query=tap(MASTER, message(MASTER, GROUP))), False),
        (Update(update_id=1, callback_query=tap(MASTER, None)), False),
        (Update(update_id=1, edited_message=message(MASTER, OWN)), False),
        (Update(update_id=1), False),
    ],
)
async def test_only_master_in_his_own_chat_is_heard(update: Update, heard: bool) -> None:
    trail = Trail()
    reached: list[object] = []

    async def handler(event: object, _data: dict[str, Any]) -> str:
        reached.append(event)
        return "answer"

    answer = await MasterOnly(42, Strangers(trail))(handler, update, {})  # type: ignore[arg-type]
    assert is_master(*sender(update), 42) is heard
    assert (answer, reached) == (("answer", [update]) if heard else (None, []))
    assert len(trail.lines) == (0 if heard else 1)


async def test_the_trace_is_clean_and_short() -> None:
    trail = Trail()
    update = Update(update_id=9, message=message(EVE, GROUP, "/deploy\n" + "x" * 500))

    async def handler(_event: object, _data: dict[str, Any]) -> None:
        raise AssertionError("a stranger was heard")

    await MasterOnly(42, Strangers(trail))(handler, update, {})  # type: ignore[arg-type]
    ((actor, action, detail),) = trail.lines
    assert (actor, action) == ("telegram:43", "ignored")
    assert detail == {"update": 9, "name": "Eve <b>", "chat": -1, "said": "/deploy " + "x" * 91 + "…"}


def test_names_for_the_journal() -> None:
    assert shown_name(MASTER) == "Ada (42)"
    assert shown_name(EVE) == "Eve <b> (43)"
    assert shown_name(User(id=5, is_bot=False, first_name="\u200b")) == "Master (5)"
