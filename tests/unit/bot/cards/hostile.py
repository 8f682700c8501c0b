"""An example again, with every value that could come from outside exchanged for something hostile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from datetime import date, timedelta
from enum import Enum
from pathlib import Path
from typing import Any

from bot.cards.card import Card
from pipeline.model.audit import AuditLine
from pipeline.model.errors import PipelineError
from pipeline.model.happened import BadEnd, Tally
from pipeline.model.question import Choice
from pipeline.model.run import StageRow
from pipeline.model.schedule import Scheduled, SchedulePause
from pipeline.store.history import PastRun
from tests.unit.bot.cards.gallery.example import Example

_OURS = frozenset({"nonce", "project_id"})  # made by us, of a known length
_MANY = 12
_BOUNDED = (
    StageRow,
    PastRun,
    Choice,
    AuditLine,
    Scheduled,
    SchedulePause,
    BadEnd,
    Tally,
)  # never more than a few, whoever pushes what
_HUGE = 10**17


def hostile(example: Example, text: Callable[[], str]) -> Card:
    """`text` gives the next string. Whole numbers become huge, lists long; times stay."""
    args = [each if at in example.ours else _spoilt(each, text) for at, each in enumerate(example.args)]
    return example.make(*args, **{name: _spoilt(each, text) for name, each in example.kwargs.items()})


def _spoilt(value: Any, text: Callable[[], str]) -> Any:
    match value:
        case None | bool() | Enum() | date() | timedelta() | float():
            return value
        case str():
            return text()
        case Path():
            return Path(text().replace("\0", "") or "x")
        case int():
            return _HUGE + value
        case PipelineError():
            return PipelineError(text(), production=text(), advice=text())
        case list() | tuple():
            times = 1 if any(isinstance(each, _BOUNDED) for each in value) else _MANY
            return type(value)(_spoilt(each, text) for each in [*value] * times)
        case dict():
            return {_spoilt(key, text): _spoilt(each, text) for key, each in value.items()}
        case _ if is_dataclass(value) and not isinstance(value, type):
            changed = {each.name: getattr(value, each.name) for each in fields(value) if each.init}
            return replace(
                value,
                **{name: each if name in _OURS else _spoilt(each, text) for name, each in changed.items()},
            )
    raise TypeError(f"a {type(value).__name__} among the values of a card: say here what is hostile of it")
