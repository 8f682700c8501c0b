"""Figures: of a year, of little, of nothing."""

from __future__ import annotations

from dataclasses import replace

from bot.cards.stats import stats_card
from pipeline.model.compared import figures
from pipeline.model.figures import Past
from pipeline.model.states import RunState
from tests.unit.bot.cards.gallery.example import of
from tests.unit.pipeline.past import NOW, ago, change, commit, long_past

_YEAR = long_past(365)
_TIMED = replace(
    _YEAR,
    changes=[
        replace(each, commits=(commit(chr(0x100 + each.run), each.began_at),)) for each in _YEAR.changes
    ],
)
_LITTLE = Past(
    began_at=ago(days=9),
    changes=[
        change(1, ago(days=8), commits=(commit("a", ago(days=8, hours=3)),)),
        change(2, ago(days=1), state=RunState.REVERTED),
    ],
)

FIGURES = {
    "a year": of(stats_card, "sample", figures(_YEAR, NOW)),
    "commits with their times": of(stats_card, "sample", figures(_TIMED, NOW), pictured=False),
    "little": of(stats_card, "sample", figures(_LITTLE, NOW)),
    "nothing yet": of(stats_card, "sample", figures(Past(began_at=None), NOW)),
}
