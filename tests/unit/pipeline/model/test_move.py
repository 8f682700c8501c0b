"""Whether the schema moved since a release, and what undoes it."""

from __future__ import annotations

import pytest

from pipeline.model.move import Move, move
from pipeline.model.release import ReleaseId, Undoing
from tests.unit.pipeline.samples import release

HARMLESS, DOWN = Undoing.HARMLESS, Undoing.DOWN


@pytest.mark.parametrize(
    ("then", "now", "declared", "between", "found"),
    [
        ("0007", "0007", None, [], Move.NONE),
        (None, None, None, [], Move.NONE),
        ("0007", "0008", None, [], Move.DATA),
        ("0007", "0008", HARMLESS, [], Move.HARMLESS),
        ("0007", "0008", HARMLESS, ["harmless", "harmless"], Move.HARMLESS),
        ("0007", "0008", HARMLESS, ["harmless", None], Move.DATA),
        ("0007", "0008", HARMLESS, ["down"], Move.DATA),
        ("0007", "0008", None, ["harmless"], Move.DATA),
        ("0007", "0008", DOWN, ["harmless", None], Move.DOWN),
        ("ae1027a6acf", "0008", DOWN, [], Move.DOWN),
        ("0007", None, DOWN, [], Move.DATA),
        (None, "0008", DOWN, [], Move.DATA),
        (None, "0008", HARMLESS, [], Move.HARMLESS),
        ("-1", "0008", DOWN, [], Move.DATA),
        ("--sql", "0008", DOWN, [], Move.DATA),
        ("head", "0008", DOWN, [], Move.DATA),
        ("base", "0008", DOWN, [], Move.DATA),
        ("0007 0008", "0008", DOWN, [], Move.DATA),
        ("", "0008", DOWN, [], Move.DATA),
    ],
)
def test_back_to_an_older_release(
    then: str | None, now: str | None, declared: Undoing | None, between: list[str | None], found: Move
) -> None:
    goal = release(id=ReleaseId(4), schema_revision=then)
    live = release(id=ReleaseId(9), undoing=declared)
    assert move(goal=goal, live=live, now=now, between=between) is found


@pytest.mark.parametrize("declared", [None, HARMLESS, DOWN])
def test_what_a_release_declares_says_nothing_of_a_newer_one(declared: Undoing | None) -> None:
    newer, live = release(id=ReleaseId(12)), release(id=ReleaseId(9), undoing=declared)
    assert move(goal=newer, live=live, now="0006") is Move.DATA
    assert move(goal=newer, live=live, now="0007") is Move.NONE


def test_without_a_live_release_nothing_is_declared() -> None:
    assert move(goal=release(), live=None, now="0008") is Move.DATA
    assert move(goal=release(), live=None, now="0007") is Move.NONE
