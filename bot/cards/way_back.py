"""The choice before a rollback across a moved schema."""

from __future__ import annotations

from datetime import datetime

from bot.callbacks import AlertBackTap, BackTap, BackWay
from bot.cards.card import Button, Card, Style
from pipeline.model.move import WaysBack
from pipeline.wording.way_back import CODE_ONLY, WITH_DATA, question


def choice_card(ways: WaysBack, now: datetime, tap: type[BackTap] | type[AlertBackTap] = BackTap) -> Card:
    """`tap` is what its buttons carry."""

    def button(text: str, way: BackWay, style: Style | None = None) -> Button:
        live = ways.live.id if ways.live else 0
        return Button(text=text, data=tap(way=way, live=live, goal=ways.goal.id).pack(), style=style)

    with_data = [button(WITH_DATA, BackWay.DATA, "danger")] if ways.backup else []
    return Card(
        text=question(ways, now),
        rows=(
            (button(CODE_ONLY, BackWay.CODE, "primary"), *with_data),
            (button("Cancel", BackWay.CANCEL),),
        ),
    )
