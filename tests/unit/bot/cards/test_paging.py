from __future__ import annotations

import pytest

from bot.callbacks import Listed, PageTap
from bot.cards.paging import BY_NAME, PER_PAGE, mark, marked, page_of, turning


@pytest.mark.parametrize(
    ("items", "asked", "number", "count", "shown", "place"),
    [
        (0, 0, 0, 1, 0, ""),
        (PER_PAGE, 0, 0, 1, PER_PAGE, ""),
        (PER_PAGE + 1, 0, 0, 2, PER_PAGE, ", page 1 of 2"),
        (PER_PAGE + 1, 1, 1, 2, 1, ", page 2 of 2"),
        (PER_PAGE + 1, 7, 1, 2, 1, ", page 2 of 2"),
        (PER_PAGE + 1, -3, 0, 2, PER_PAGE, ", page 1 of 2"),
    ],
)
def test_a_page_and_the_nearest_where_there_is_none(
    items: int, asked: int, number: int, count: int, shown: int, place: str
) -> None:
    page = page_of(list(range(items)), asked)
    assert (page.number, page.count, len(page.items), page.total) == (number, count, shown, items)
    assert page.place == place


def test_pages_hold_each_item_once() -> None:
    items = list(range(3 * PER_PAGE + 2))
    assert [each for number in range(4) for each in page_of(items, number).items] == items


def _tap(page: int) -> PageTap:
    return PageTap(of=Listed.BRANCHES, page=page)


def test_the_buttons_that_turn() -> None:
    items = list(range(3 * PER_PAGE))

    def row(number: int) -> list[tuple[str, str]]:
        rows = turning(page_of(items, number), _tap)
        return [(button.text, button.data) for row in rows for button in row]

    assert row(0) == [("Older »", "page:branches:1:0")]
    assert row(1) == [("« Newer", "page:branches:0:0"), ("Older »", "page:branches:2:0")]
    assert row(2) == [("« Newer", "page:branches:1:0")]
    assert turning(page_of(items[:3], 0), _tap) == ()
    [[back, _]] = turning(page_of(items, 1), _tap, BY_NAME)
    assert back.text == "« Back"


def test_a_mark_means_what_was_shown_and_nothing_else() -> None:
    branches = [("main", "1" * 40), ("feature/ünï<code>", "2" * 40)]
    wanted = mark(*branches[1])
    assert len(wanted) == 16
    assert marked(branches, wanted, lambda each: mark(*each)) == branches[1]
    moved = [branches[0], (branches[1][0], "3" * 40)]
    assert marked(moved, wanted, lambda each: mark(*each)) is None
    assert mark("a", "bc") != mark("ab", "c")
