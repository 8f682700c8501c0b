from __future__ import annotations

import pytest

from bot.addressed import Called, called
from bot.codes import holds_code


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("/status", Called("status", None)),
        ("/Status@Deploy_Bot now", Called("status", "deploy_bot")),
        ("/status\nplease", Called("status", None)),
        ("/status@", None),
        ("/status@two@three", None),
        ("/etc/passwd", None),
        ("status", None),
        (" /status", None),
        ("", None),
        (None, None),
    ],
)
def test_commands(text: str | None, command: Called | None) -> None:
    assert called(text) == command


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("/approve 12 123456", True),
        ("/APPROVE@deploy_bot 12 123 456", True),
        ("/approve 12", False),
        ("/approve", False),
        ("please /approve 12 123456", False),
        (None, False),
    ],
)
def test_which_messages_are_not_left_lying(text: str | None, holds: bool) -> None:
    assert holds_code(text) is holds
