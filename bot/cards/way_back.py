"""The choice before a rollback across a moved schema."""

from __future__ import annotations

from datetime import datetime

from bot.callbacks import BackTap, BackWay
from bot.cards.card import Button, Card, Style
from pipeline.model.move import WaysBack
from pipeline.wording.way_back import CODE_ONLY, WITH_DATA, question


def choice_card(ways: WaysBack, now: datetime) -> Card:
    with_data = [_button(ways, WITH_DATA, BackWay.DATA, "danger")] if ways.backup else []
    return Card(
        text=question(ways, now),
        rows=(
            (_button(ways, CODE_ONLY, BackWay.CODE, "primary"), *with_data),
            (_button(ways, "Cancel", BackWay.CANCEL),),
        ),
    )


def _button(ways: WaysBack, text: str, way: BackWay, style: Style | None = None) -> Button:
    live = ways.live.id if ways.live else 0
    return Button(text=text, data=BackTap(way=way, live=live, goal=ways.goal.id).pack(), style=style)
