"""Which code works with which schema, and whether each migration leaves a way to the previous release."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.store.migration import (
    Migration,
    highest,
    known,
    newest,
    promises,
    read,
    stuck,
    works,
)
from pipeline.store.schema import Standing, compatible_with

PREVIOUS = Path(__file__).parents[3] / "integration/pipeline/store/previous.txt"
FIRST_THAT_TELLS = 26


def _made_up(*promised: tuple[int, bool]) -> list[Migration]:
    """Numbered from 1: with which code each works, and whether something undoes it."""
    return [
        Migration(number=number, name="x", works_with=least, up="", down="" if down else None)
        for number, (least, down) in enumerate(promised, start=1)
    ]


SET = _made_up((1, False), (1, False), (3, True), (2, True), (4, False))
"""2 expands; 3 breaks whatever is older; 4 and 5 only add, 5 so that code of 4 is needed."""


@pytest.mark.parametrize(
    ("code", "at", "fits"),
    [
        (1, 1, True),
        (1, 2, True),
        (1, 3, False),
        (2, 3, False),
        (2, 4, False),
        (3, 3, True),
        (3, 4, True),
        (3, 5, False),
        (4, 5, True),
        (5, 5, True),
        (9, 5, True),
    ],
)
def test_code_works_with_a_schema_if_no_migration_that_it_does_not_know_demands_more(
    code: int, at: int, fits: bool
) -> None:
    promised = promises(SET[:at])
    assert works(code, promised) is fits
    assert Standing(applied=promised, pending=(), known=SET).shared_with(code) is fits
    assert compatible_with(code, SET[:at]) is fits


@pytest.mark.parametrize(("code", "number"), [(1, 2), (2, 2), (3, 4), (4, 5), (5, 5), (9, 5), (0, 0)])
def test_as_high_as_code_can_work_with(code: int, number: int) -> None:
    assert highest(code, promises(SET)) == number
    assert works(code, promises(SET[:number]))


def test_nothing_is_applied() -> None:
    assert works(0, {})
    assert highest(3, {}) == 0
    assert Standing(applied={}, pending=tuple(SET), known=SET).at == 0


@pytest.mark.parametrize(
    ("applied", "code", "shared", "will_be", "no_way_back"),
    [
        (2, 1, True, False, [5]),
        (3, 2, False, False, [5]),
        (5, 3, False, False, [5]),
        (4, 4, True, True, []),
        (5, 5, True, True, []),
        (5, 0, False, False, [1, 2, 5]),
    ],
)
def test_what_a_hand_over_is_told(
    applied: int, code: int, shared: bool, will_be: bool, no_way_back: list[int]
) -> None:
    standing = Standing(applied=promises(SET[:applied]), pending=tuple(SET[applied:]), known=SET)
    assert standing.at == applied
    assert standing.shared_with(code) is shared
    assert standing.will_be_shared_with(code) is will_be
    assert standing.no_way_back_to(code) == no_way_back


def test_what_nothing_undoes() -> None:
    assert stuck(SET, at=5, to=2) == [5]
    assert stuck(SET, at=4, to=2) == []
    assert stuck(SET, at=2, to=2) == []


@pytest.mark.parametrize(
    ("text", "least"),
    [
        ("-- Something.\n-- works with: 0003\nSELECT 1;\n", 3),
        ("-- works with: 0007\n", 7),
        ("-- It works with: nothing\nSELECT 1;\n", 7),
        ("SELECT 1; -- works with: 0003\n", 7),
        ("SELECT 1;\n", 7),
    ],
)
def test_the_line_of_a_file(text: str, least: int) -> None:
    assert read("0007", "x", text).works_with == least


@pytest.mark.parametrize("text", ["0008", "3", "none", "0003 or so", "0003\n-- works with: 0002"])
def test_a_line_that_cannot_be_right(text: str) -> None:
    with pytest.raises(ValueError, match=r"0007_x\.sql works with"):
        read("0007", "x", f"-- works with: {text}\n")


def test_migrations_are_numbered_without_a_gap() -> None:
    assert [migration.number for migration in known()] == list(range(1, newest() + 1))


def test_every_down_file_is_beside_its_migration() -> None:
    folder = Path(__file__).parents[4] / "pipeline/store/migrations"
    files = {path.name for path in folder.glob("*.down.sql")}
    assert files == {f"{each.number:04}_{each.name}.down.sql" for each in known() if each.down is not None}, (
        "each has the name of its migration, with .down.sql in place of .sql"
    )


def test_what_the_code_right_before_cannot_work_with_can_be_undone() -> None:
    without = [
        str(each)
        for each in known()
        if each.number >= FIRST_THAT_TELLS and each.works_with == each.number and each.down is None
    ]
    assert without == [], "see 'How to write a migration' in docs/architecture.md"


def test_there_is_a_way_back_to_the_previous_release() -> None:
    """Where it cannot share the schema, all that would have to be undone for it can be."""
    code = int(PREVIOUS.read_text().split()[1])
    applied = promises(known())
    standing = Standing(applied=applied, pending=(), known=known())
    assert standing.no_way_back_to(code) == [], "see 'How to write a migration' in docs/architecture.md"
