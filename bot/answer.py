"""What a handler gives back: the inbox sends it, so that a handler never waits for Telegram."""

from __future__ import annotations

from dataclasses import dataclass

from bot.cards.card import Card


@dataclass(frozen=True, kw_only=True)
class Answer:
    """`toast` answers a tap, in plain text; `alert` shows it as a box that has to be closed."""

    card: Card | None = None
    toast: str = ""
    alert: bool = False


DONE = Answer()
"""Nothing to say: the journal's news brings the card."""
