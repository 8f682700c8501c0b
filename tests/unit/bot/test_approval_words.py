"""What stands behind /approve and /reject."""

from __future__ import annotations

import pytest

from bot.handlers.approve import Words, approval_words, rejection_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", Words()),
        ("12", Words(run=12)),
        ("123456", Words(code="123456")),
        ("12 123456", Words(run=12, code="123456")),
        ("123456 654321", Words(run=123456, code="654321")),
        ("12 override a hotfix", Words(run=12, reason="a hotfix")),
        ("Override a hotfix", Words(reason="a hotfix")),
        ("12 123456 override a hotfix", Words(run=12, code="123456", reason="a hotfix")),
        ("override", None),
        ("12 override", None),
        ("no", None),
        ("12 13", None),
        ("12 123456 7", None),
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
