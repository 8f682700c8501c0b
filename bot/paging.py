"""A list that is longer than its card, turned over page by page, newest first."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from bot.callbacks import Turn

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Page(Generic[T]):
    """`newer` and `older`: whether there is more in that direction."""

    items: Sequence[T]
    newer: bool = False
    older: bool = False


async def turned(
    turn: Turn,
    anchor: int,
    size: int,
    before: Callable[[int, int | None], Awaitable[Sequence[T]]],
    after: Callable[[int, int], Awaitable[Sequence[T]]],
) -> Page[T]:
    """The page beside the item with number `anchor`; 0 means the newest page.

    `before` and `after` give at most so many items next to a number, newest first. What came meanwhile shifts
    nothing: a page begins where the one that was seen ended.
    """
    if turn is Turn.NEWER and anchor:
        found = await after(size + 1, anchor)
        if len(found) >= size:
            return Page(items=found[-size:], newer=len(found) > size, older=True)
        anchor = 0
    found = await before(size + 1, anchor or None)
    return Page(items=found[:size], newer=bool(anchor), older=len(found) > size)
