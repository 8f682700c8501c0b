"""What /pause and /resume are told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.belonging import NONE_CHOSEN
from bot.cards.card import Card
from pipeline.model.pause import Pause
from pipeline.wording.markup import GAP, joined, line
from pipeline.wording.pause import GOES_ON, KEPT, MEANS, NOT_PAUSED, paused, resumed, resumed_after

_SHOWN = 6


@dataclass(frozen=True, kw_only=True)
class PauseOf:
    project: str
    pause: Pause


def paused_card(pause: Pause, now: datetime, *, kept: bool = False) -> Card:
    """`kept`: it was paused before, with another reason."""
    return Card(text=f"{paused(pause, now)}\n{KEPT if kept else MEANS}")


def resumed_card(pause: Pause | None) -> Card:
    """None where nothing was paused."""
    return Card(text=resumed(pause) if pause else NOT_PAUSED)


def all_paused_card(pauses: Sequence[PauseOf], now: datetime) -> Card:
    """Of each project that is paused now; none where all were resumed in between."""
    found = [f"{paused(each.pause, now)} · {line(each.project, 63)}" for each in pauses]
    one = "A project's name behind the command is about that one only: /pause PROJECT, /resume PROJECT."
    return _all(found, MEANS, one)


def all_resumed_card(pauses: Sequence[PauseOf]) -> Card:
    """Of each project that was paused."""
    return _all([f"{resumed_after(each.pause)} · {line(each.project, 63)}" for each in pauses], GOES_ON)


def _all(found: Sequence[str], *below: str) -> Card:
    more = [f"… and {len(found) - _SHOWN} more"] if len(found) > _SHOWN else []
    lines = [*found[:_SHOWN], *more, GAP, *below] if found else [NOT_PAUSED]
    return Card(text=joined(*lines), project=NONE_CHOSEN)
