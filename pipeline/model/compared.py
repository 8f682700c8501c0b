"""The figures of a project for two periods, one after the other. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pipeline.model.dora import PERIOD, Dora, measured
from pipeline.model.figures import Past
from pipeline.model.trends import Trends, trends


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Of the last PERIOD and, where the journal reaches back into it, of the one before."""

    dora: Dora
    trends: Trends
    dora_before: Dora | None = None
    trends_before: Trends | None = None


def figures(past: Past, now: datetime) -> Figures:
    """`past` reaches two periods back."""
    middle, begin = now - PERIOD, now - 2 * PERIOD
    told = past.began_at is not None and past.began_at < middle
    return Figures(
        dora=measured(past, middle, now),
        trends=trends(past, middle, now),
        dora_before=measured(past, begin, middle) if told else None,
        trends_before=trends(past, begin, middle) if told else None,
    )
