"""Which releases and images go, and which stay."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from pipeline.containers.unused import Nameless
from pipeline.engine.pruning import needed_by, stale, surplus
from pipeline.model.release import Release, ReleaseId, RunId
from pipeline.model.states import RunKind
from tests.unit.pipeline.samples import NOW, release, run

LIVE, PREVIOUS = ReleaseId(9), ReleaseId(8)


def _made(number: int, *, served: bool = True) -> Release:
    return release(
        id=ReleaseId(number),
        run_id=RunId(100 + number),
        live_since=NOW + timedelta(hours=number) if served else None,
    )


NEWEST_FIRST = [
    _made(10, served=False),
    _made(9),
    _made(8),
    _made(7, served=False),
    _made(6),
    _made(5),
    _made(4, served=False),
    _made(3),
]


@pytest.mark.parametrize(
    ("keep", "needed", "gone"),
    [
        (5, set(), [7, 4]),
        (3, set(), [7, 4]),
        (2, set(), [3, 7, 4]),
        (1, set(), [5, 3, 7, 4]),
        (0, set(), [6, 5, 3, 7, 4]),
        (0, {6, 7}, [5, 3, 4]),
        (1, {6}, [3, 7, 4]),
        (0, {10, 3}, [6, 5, 4]),
    ],
)
def test_live_previous_and_the_last_ones_stay(keep: int, needed: set[ReleaseId], gone: list[int]) -> None:
    found = surplus(NEWEST_FIRST, live=LIVE, previous=PREVIOUS, needed=needed, keep=keep)
    assert [release.id for release in found] == gone


def test_without_releases_nothing_goes() -> None:
    assert surplus([], live=None, previous=None, needed=set(), keep=0) == []


@pytest.mark.parametrize(
    ("changes", "needed"),
    [
        ({"id": RunId(107), "live_release_id": ReleaseId(9), "release_id": ReleaseId(7)}, {9, 7}),
        ({"id": RunId(104), "live_release_id": None, "release_id": None}, {4}),
        (
            {
                "id": RunId(1),
                "kind": RunKind.ROLLBACK,
                "target": "3",
                "live_release_id": None,
                "release_id": None,
            },
            {3},
        ),
        (
            {
                "id": RunId(1),
                "kind": RunKind.REWIND,
                "target": "3",
                "live_release_id": None,
                "release_id": None,
            },
            {3},
        ),
        ({"id": RunId(1), "target": "3", "live_release_id": None, "release_id": None}, set()),
    ],
)
def test_what_an_active_run_needs(changes: dict[str, Any], needed: set[int]) -> None:
    assert needed_by(run(**changes), NEWEST_FIRST) == needed


def _image(name: str, of: int, created: int) -> Nameless:
    return Nameless(id=name, run=of, created=created)


@pytest.mark.parametrize(
    ("images", "needed", "gone"),
    [
        ([], set(), []),
        ([_image("a", 1, 10)], set(), []),
        ([_image("a", 1, 10), _image("b", 2, 20), _image("c", 2, 21)], set(), ["a"]),
        ([_image("c", 2, 21), _image("b", 3, 5), _image("a", 1, 10)], set(), ["b", "a"]),
        ([_image("a", 1, 10), _image("b", 2, 20), _image("d", 1, 9)], {"a"}, ["d"]),
        ([_image("a", 50, 10), _image("b", 1, 20)], set(), ["a"]),  # a journal that began anew
    ],
)
def test_what_the_newest_build_left_serves_as_cache(
    images: list[Nameless], needed: set[str], gone: list[str]
) -> None:
    assert stale(images, needed) == gone
