"""What /pause and /resume are told."""

from __future__ import annotations

from datetime import datetime

from bot.cards.card import Card
from pipeline.model.pause import Pause
from pipeline.wording.pause import KEPT, MEANS, NOT_PAUSED, paused, resumed


def paused_card(pause: Pause, now: datetime, *, kept: bool = False) -> Card:
    """`kept`: it was paused before, with another reason."""
    return Card(text=f"{paused(pause, now)}\n{KEPT if kept else MEANS}")


def resumed_card(pause: Pause | None) -> Card:
    """None where nothing was paused."""
    return Card(text=resumed(pause) if pause else NOT_PAUSED)
