"""The buttons that turn a long list over."""

from __future__ import annotations

from aiogram.filters.callback_data import CallbackData

from bot.cards.card import Button

Row = tuple[Button, ...]


def turning(
    newer: CallbackData | None,
    older: CallbackData | None,
    labels: tuple[str, str] = ("« Newer", "Older »"),
) -> tuple[Row, ...]:
    """At most one row; None where there is nothing in that direction."""
    taps = zip(labels, (newer, older), strict=True)
    buttons = [Button(text=text, data=tap.pack()) for text, tap in taps if tap]
    return (tuple(buttons),) if buttons else ()
