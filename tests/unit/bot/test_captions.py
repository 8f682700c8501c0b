"""What is written below a picture or a file is no command."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from aiogram.types import Chat, Message, PhotoSize, User

from bot.answer import Answer
from bot.handlers import setup
from bot.handlers.fallback import CAPTION

ADA = User(id=42, is_bot=False, first_name="Ada")


def below_a_picture(caption: str | None) -> Message:
    photo = [PhotoSize(file_id="1", file_unique_id="1", width=1, height=1)]
    chat = Chat(id=42, type="private")
    return Message(
        message_id=1, date=datetime.now(UTC), chat=chat, from_user=ADA, photo=photo, caption=caption
    )


@pytest.mark.parametrize("caption", ["/pause shop", "/deploy", "/approve 12 123456", "/status", "/nonsense"])
async def test_a_command_in_a_caption_does_nothing_and_is_told_so(caption: str) -> None:
    answer = await setup().propagate_event("message", below_a_picture(caption), bot=None)
    assert isinstance(answer, Answer)
    assert answer.card is not None
    assert answer.card.text == f"⚠️ {CAPTION}"


@pytest.mark.parametrize(("caption", "said"), [("look", "look"), (None, "this")])
async def test_a_picture_gets_a_hint(caption: str | None, said: str) -> None:
    answer = await setup().propagate_event("message", below_a_picture(caption), bot=None)
    assert isinstance(answer, Answer)
    assert answer.card is not None
    assert answer.card.text == f"I do not know <code>{said}</code>. /help lists what I can do."
