"""Long lists, a page at a time. Pure.

What people named elsewhere (a branch, a service) does not fit into a button's 64 bytes, so a button carries
its `mark`: it fits only as long as the list still holds what was shown.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from aiogram.filters.callback_data import CallbackData

from bot.cards.card import Button

PER_PAGE = 8
BY_AGE = ("« Newer", "Older »")
BY_NAME = ("« Back", "More »")
CHANGED = "The list has changed meanwhile; this is how it is now. Please choose again."

_MARK_DIGITS = 16
T = TypeVar("T")
Row = tuple[Button, ...]


@dataclass(frozen=True, kw_only=True)
class Page(Generic[T]):
    """`number` counts from 0, below `count`, which is at least 1; `total` are the items of all pages."""

    items: Sequence[T]
    number: int
    count: int
    total: int

    @property
    def place(self) -> str:
        """`, page 2 of 5`; empty where all fits on one."""
        return f", page {self.number + 1} of {self.count}" if self.count > 1 else ""


def page_of(items: Sequence[T], number: int, size: int = PER_PAGE) -> Page[T]:
    """The page of that number, or the nearest that there is: a list may have become shorter."""
    count = max(-(-len(items) // size), 1)
    number = min(max(number, 0), count - 1)
    shown = items[number * size : (number + 1) * size]
    return Page(items=shown, number=number, count=count, total=len(items))


def turning(
    page: Page[T], tap: Callable[[int], CallbackData], labels: tuple[str, str] = BY_AGE
) -> tuple[Row, ...]:
    """The row of buttons that turn the page, `tap` being what one to a page carries; none for one page."""
    before = tap(page.number - 1) if page.number > 0 else None
    behind = tap(page.number + 1) if page.number < page.count - 1 else None
    return turn_row(before, behind, labels)


def turn_row(
    before: CallbackData | None, behind: CallbackData | None, labels: tuple[str, str] = BY_AGE
) -> tuple[Row, ...]:
    """At most one row; None where there is nothing in that direction."""
    taps = zip(labels, (before, behind), strict=True)
    buttons = [Button(text=text, data=tap.pack()) for text, tap in taps if tap]
    return (tuple(buttons),) if buttons else ()


def mark(*shown: str) -> str:
    """Sixteen digits that stand for what a button showed."""
    return hashlib.sha256("\0".join(shown).encode(errors="surrogatepass")).hexdigest()[:_MARK_DIGITS]


def marked(items: Iterable[T], wanted: str, mark_of: Callable[[T], str]) -> T | None:
    """The item that a tap means; None where it is not there any more."""
    return next((item for item in items if mark_of(item) == wanted), None)
