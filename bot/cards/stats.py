"""The answer to /stats: DORA's four keys, then how stages, tests and backups change."""

from __future__ import annotations

from bot.cards.card import Card
from pipeline.model.compared import Figures
from pipeline.model.dora import PERIOD
from pipeline.wording.figures import Line, covered, keys, trend, unsure
from pipeline.wording.markup import GAP, joined, line


def stats_card(project: str, found: Figures) -> Card:
    notes = [note for note in (covered(found.dora), unsure(found)) if note]
    changing = trend(found)
    return Card(
        text=joined(
            f"<b>{line(project, 63)}</b> · the last {PERIOD.days} days" + GAP,
            *map(_line, keys(found)),
            *([GAP, *map(_line, changing)] if changing else []),
            *([GAP, *map(line, notes)] if notes else []),
        )
    )


def _line(shown: Line) -> str:
    name, value = shown
    return f"<b>{name}:</b> {line(value, 300)}"
