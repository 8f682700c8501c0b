"""A card: a text in Telegram's HTML and the buttons below it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

from bot.cards.text import TEXT_LIMIT, shown_length

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


def room(*parts: str) -> int:
    """Code points left for what comes besides these parts of a text."""
    return TEXT_LIMIT - sum(shown_length(part) + 1 for part in parts)


GAP = "\n"
"""As a part: an empty line."""


def joined(*parts: str) -> str:
    """The parts that are not empty, one below the other."""
    return "\n".join(part.removesuffix(GAP) for part in parts if part)
