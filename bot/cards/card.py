"""A card: a text in Telegram's HTML and the buttons below it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

Style = Literal["success", "danger", "primary"]


@dataclass(frozen=True, kw_only=True)
class Button:
    """`data` is what a tap carries, see bot.callbacks."""

    text: str
    data: str
    style: Style | None = None


@dataclass(frozen=True, kw_only=True)
class Card:
    text: str
    rows: tuple[tuple[Button, ...], ...] = ()

    @property
    def fingerprint(self) -> str:
        """Equal for cards that look alike."""
        return hashlib.sha256(repr((self.text, self.rows)).encode()).hexdigest()
