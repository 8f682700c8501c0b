"""A card's buttons as Telegram takes them."""

from __future__ import annotations

from aiogram.types import CopyTextButton, InlineKeyboardButton, InlineKeyboardMarkup

from bot.belonging import belonging
from bot.cards.card import Card


def keyboard(card: Card) -> InlineKeyboardMarkup | None:
    if not card.rows:
        return None
    return InlineKeyboardMarkup(
        inline_keyboard=[
            [
                InlineKeyboardButton(
                    text=button.text,
                    callback_data=belonging(button.data, card.project) or None,
                    copy_text=CopyTextButton(text=button.copy) if button.copy else None,
                    style=button.style,
                )
                for button in row
            ]
            for row in card.rows
        ]
    )
