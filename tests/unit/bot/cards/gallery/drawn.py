"""Sheets as text, for the snapshots."""

from __future__ import annotations

from pathlib import Path

from bot.cards.card import Button
from tests.unit.bot.cards.gallery.example import Sheet

SNAPSHOTS = Path(__file__).parent.parent / "snapshots"


def drawn(sheet: Sheet) -> str:
    """The HTML of each card as it is sent, and its buttons with their style."""
    parts = []
    for name, example in sheet.items():
        card = example.card
        rows = [" ".join(map(_button, row)) for row in card.rows]
        parts.append("\n".join([f"== {name} ==", card.text, *rows]))
    return "\n\n".join(parts).replace("\u2060", "\\u2060") + "\n"


def _button(button: Button) -> str:
    kind = " | copy" if button.copy else ""
    return f"[{button.text}{f' | {button.style}' if button.style else ''}{kind}]"
