"""Which release a rollback goes back to, and what is said where it cannot."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from pipeline.going_back import CannotGoBack, choose
from pipeline.model.release import Kept, Release, ReleaseId
from tests.unit.pipeline.samples import NOW, release


def _made(number: int, sha: str, days: int | None, *, pruned: bool = False) -> Release:
    return release(
        id=ReleaseId(number),
        sha=sha * 20,
        live_since=None if days is None else NOW - timedelta(days=days),
        pruned_at=NOW if pruned else None,
    )


LIVE, PREVIOUS = _made(14, "d4", 0), _made(12, "c3", 2)
OLD, OLDER = _made(9, "b2", 5), _made(7, "b2", 9)
NEVER, PRUNED = _made(13, "e5", None), _made(3, "a1", 30, pruned=True)
LIKE_LIVE = _made(5, "d4", 20)
KEPT = Kept(live=LIVE, previous=PREVIOUS, others=[OLD, OLDER, LIKE_LIVE])
LISTED = (
    "Kept are: 14 d4d4d4d (live, just now), 12 c3c3c3c (previous, 2 d ago), 9 b2b2b2b (5 d ago),"
    " 7 b2b2b2b (9 d ago), 5 d4d4d4d (20 d ago)."
)


@pytest.mark.parametrize(
    ("target", "found", "chosen"),
    [
        ("12", [PREVIOUS], PREVIOUS),
        ("7", [OLDER], OLDER),
        ("b2b2b2b", [OLD, OLDER], OLD),
        ("5", [LIKE_LIVE], LIKE_LIVE),
        ("c3c3c3c", [PREVIOUS], PREVIOUS),
        ("a1a1a1a", [replace(OLD, sha="a1" * 20), PRUNED], replace(OLD, sha="a1" * 20)),
        ("7", [OLDER, replace(OLD, sha="7" * 40)], OLDER),
    ],
)
def test_the_one_that_was_named(target: str, found: list[Release], chosen: Release) -> None:
    assert choose(target, found, KEPT, NOW) == chosen


@pytest.mark.parametrize(
    ("target", "found", "what", "advice"),
    [
        ("4", [], "No release has the number, or a commit that begins with, '4'.", LISTED),
        ("main", [], "No release has the number, or a commit that begins with, 'main'.", LISTED),
        ("14", [LIVE], "Release 14 (d4d4d4d) is live already.", LISTED),
        ("d4d4d4d", [LIVE, LIKE_LIVE], "Release 14 (d4d4d4d) is live already.", LISTED),
        (
            "3",
            [PRUNED],
            "Release 3 (a1a1a1a) was pruned: its images are gone.",
            f"/deploy a1a1a1a1a1a1 builds that commit again. {LISTED}",
        ),
        (
            "13",
            [NEVER],
            "Release 13 (e5e5e5e) never served: what it would do to the data was never seen.",
            f"/deploy e5e5e5e5e5e5 builds that commit again. {LISTED}",
        ),
        (
            "b2b2b2b",
            [OLD, replace(OLDER, sha="b2b2b2b" + "0" * 33)],
            "'b2b2b2b' fits more than one commit.",
            LISTED,
        ),
    ],
)
def test_what_cannot_be_gone_back_to(target: str, found: list[Release], what: str, advice: str) -> None:
    with pytest.raises(CannotGoBack) as caught:
        choose(target, found, KEPT, NOW)
    assert (caught.value.what, caught.value.advice) == (what, advice)


def test_a_long_list_is_cut_and_an_empty_one_says_so() -> None:
    many = Kept(live=LIVE, previous=None, others=[_made(n, "b2", 1) for n in range(20, 30)])
    with pytest.raises(CannotGoBack, match=r"26 b2b2b2b \(1 d ago\) and 3 more\.$"):
        raise_for(many)
    with pytest.raises(CannotGoBack, match=r"None is kept\.$"):
        raise_for(Kept())


def raise_for(kept: Kept) -> None:
    choose("4", [], kept, NOW)
