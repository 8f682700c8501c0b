from __future__ import annotations

import pytest

from bot.callbacks import Turn
from bot.paging import Page, turned

NUMBERS = list(range(10, 0, -1))


async def before(limit: int, number: int | None) -> list[int]:
    return [each for each in NUMBERS if number is None or each < number][:limit]


async def after(limit: int, number: int) -> list[int]:
    return [each for each in NUMBERS if each > number][-limit:]


@pytest.mark.parametrize(
    ("turn", "anchor", "page"),
    [
        (Turn.OLDER, 0, Page(items=[10, 9, 8, 7], older=True)),
        (Turn.NEWER, 0, Page(items=[10, 9, 8, 7], older=True)),
        (Turn.OLDER, 7, Page(items=[6, 5, 4, 3], newer=True, older=True)),
        (Turn.OLDER, 3, Page(items=[2, 1], newer=True)),
        (Turn.NEWER, 2, Page(items=[6, 5, 4, 3], newer=True, older=True)),
        (Turn.NEWER, 6, Page(items=[10, 9, 8, 7], older=True)),
        (Turn.NEWER, 8, Page(items=[10, 9, 8, 7], older=True)),
        (Turn.NEWER, 10, Page(items=[10, 9, 8, 7], older=True)),
        (Turn.OLDER, 1, Page(items=[], newer=True)),
    ],
)
async def test_pages_begin_where_the_last_one_ended(turn: Turn, anchor: int, page: Page[int]) -> None:
    assert await turned(turn, anchor, 4, before, after) == page
