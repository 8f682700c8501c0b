"""What stands behind /approve and /reject."""

from __future__ import annotations

from typing import Any

import pytest
from aiogram.filters import CommandObject

from bot.handlers.approve import Words, approval_words, approve, rejection_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", Words()),
        ("12", Words(run=12)),
        ("123456", Words(code="123456")),
        ("12 123456", Words(run=12, code="123456")),
        ("123456 654321", Words(run=123456, code="654321")),
        ("12 123 456", Words(run=12, code="123456")),
        ("123 456", Words(code="123456")),
        ("123 456 789", Words(run=123, code="456789")),
        ("12 123 456 override a hotfix", Words(run=12, code="123456", reason="a hotfix")),
        ("12 override a hotfix", Words(run=12, reason="a hotfix")),
        ("Override a hotfix", Words(reason="a hotfix")),
        ("12 123456 override a hotfix", Words(run=12, code="123456", reason="a hotfix")),
        ("override", None),
        ("12 override", None),
        ("no", None),
        ("12 13", None),
        ("12 123456 7", None),
        ("12 123 4567", None),
        ("12 12 3456", None),
        ("-1", None),
    ],
)
def test_approve(text: str, words: Words | None) -> None:
    assert approval_words(text) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", Words()),
        ("12", Words(run=12)),
        ("12  not tonight", Words(run=12, reason="not tonight")),
        ("not tonight", Words(reason="not tonight")),
        ("-1 it is", Words(reason="-1 it is")),
    ],
)
def test_reject(text: str, words: Words) -> None:
    assert rejection_words(text) == words


async def test_what_cannot_be_read_is_repeated_without_what_may_be_a_code() -> None:
    nothing: Any = None
    command = CommandObject(command="approve", args="12 123 4567 please")
    answer = await approve(nothing, command, nothing, nothing, nothing, nothing, nothing, nothing)
    assert answer.card is not None
    assert answer.card.text.startswith("⚠️ I cannot read <code>12 *** *** please</code>.")
