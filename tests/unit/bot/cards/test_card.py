"""Buttons as they are sent."""

from __future__ import annotations

from bot.cards.card import Button, Card, copying, labelled
from bot.keyboard import keyboard
from tests.unit.bot.samples import GOAL


def test_a_button_carries_data_or_copies() -> None:
    tap = Button(text="Deploy", data="push:deploy:8", style="success")
    markup = keyboard(Card(text="x", rows=((tap,), *copying(GOAL))))
    assert markup is not None
    assert markup.model_dump(exclude_none=True) == {
        "inline_keyboard": [
            [{"text": "Deploy", "callback_data": "push:deploy:8", "style": "success"}],
            [{"text": "Copy 9f8e7d6", "copy_text": {"text": GOAL}}],
        ]
    }
    assert keyboard(Card(text="x")) is None


def test_what_is_copied() -> None:
    assert copying(None) == copying("") == copying("\x00") == ()
    (((button,)),) = copying("a\u202eb" * 300)
    assert (button.text, len(button.copy)) == ("Copy abababa", 256)


def test_labels_from_outside() -> None:
    assert labelled("Migrate\nagain") == "Migrate again"
    assert labelled("x" * 99) == "x" * 59 + "…"
    assert labelled("\u200b") == "–"
