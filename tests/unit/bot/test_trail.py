"""What the audit log is told of commands and taps."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from aiogram.types import CallbackQuery, Chat, Message, User

from bot.answer import DONE, Answer
from bot.cards.card import Card
from bot.trail import Trail, told
from pipeline.redact import redactor
from tests.unit.bot import trail as memory

ADA = User(id=42, is_bot=False, first_name="Ada")
AT = datetime(2026, 3, 9, 10, 0, tzinfo=UTC)


def message(text: str | None) -> Message:
    return Message(message_id=7, date=AT, chat=Chat(id=42, type="private"), from_user=ADA, text=text)


async def _line(event: Message | CallbackQuery, answer: object) -> list[tuple[str, str, dict[str, object]]]:
    kept = memory.Trail()

    async def handler(_event: object, _data: dict[str, Any]) -> object:
        return answer

    trail = Trail(kept, redactor(["pass-word-1"]))  # type: ignore[arg-type]
    passed = await trail(handler, event, {})
    if isinstance(passed, Answer):
        assert kept.lines == []
        assert passed.record is not None
        await passed.record()
        passed = replace(passed, record=None)
    assert passed == answer
    return kept.lines


async def test_a_command_with_what_was_answered() -> None:
    card = Card(text="\n⚠️ <b>Not started.</b> A &amp; B\nmore")
    [(actor, action, detail)] = await _line(message("/deploy\nmain\u202e"), Answer(card=card, run=12))
    assert (actor, action) == ("Ada (42)", "command")
    assert detail == {
        "run": 12,
        "chat": 42,
        "key": f"message:0:7:{AT.timestamp():.0f}",
        "text": "/deploy main",
        "said": "⚠️ Not started. A & B",
    }


async def test_a_tap_with_its_toast() -> None:
    tap = CallbackQuery(
        id="9", from_user=ADA, chat_instance="1", message=message("card"), data="menu:" + "x" * 200
    )
    [(_, action, detail)] = await _line(tap, Answer(toast="y" * 300))
    assert action == "tap"
    assert detail == {
        "run": None,
        "chat": 42,
        "key": "tap:9",
        "data": "menu:" + "x" * 94 + "…",
        "said": "y" * 199 + "…",
    }


async def test_what_is_secret_is_not_kept() -> None:
    [(_, action, detail)] = await _line(message("it is pass-word-1"), Answer(toast="pass-word-1?"))
    assert (action, detail["text"], detail["said"]) == ("message", "it is ***", "***?")


async def test_what_nobody_handled_leaves_no_line() -> None:
    assert await _line(message(None), None) == []


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (DONE, "taken up"),
        (Answer(toast="Done."), "Done."),
        (Answer(card=Card(text="<b>Runs</b> · sample\n\nmore")), "Runs · sample"),
        (Answer(toast="A", card=Card(text="B")), "A"),
    ],
)
def test_an_answer_in_one_line(answer: Answer, said: str) -> None:
    assert told(answer) == said
