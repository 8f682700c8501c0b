"""One card as an example: the function and its values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.cards.card import Card


@dataclass(frozen=True)
class Example:
    """`ours` are positions of arguments that never come from outside, so that no property test changes
    them. `pictured` ones are in the pictures of docs/cards.md."""

    make: Callable[..., Card]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    ours: frozenset[int]
    pictured: bool

    @property
    def card(self) -> Card:
        return self.make(*self.args, **self.kwargs)


def of(
    make: Callable[..., Card], *args: Any, ours: tuple[int, ...] = (), pictured: bool = True, **kwargs: Any
) -> Example:
    return Example(make, args, kwargs, frozenset(ours), pictured)


Sheet = dict[str, Example]
