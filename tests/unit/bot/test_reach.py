"""A remote that stays away is one problem, told once it has lasted."""

from __future__ import annotations

from bot.reach import FAILURES, LASTS, BranchGone, Reach
from pipeline.source.errors import RemoteUnreachable
from tests.unit.bot.samples import START, after

AWAY = RemoteUnreachable("https://example.org/app.git", "git ls-remote", "could not resolve host")
OTHER = RemoteUnreachable("https://example.org/app.git", "git ls-remote", "connection refused")
GONE = BranchGone("main", "https://example.org/app.git")


def test_it_is_told_after_some_failures_and_some_minutes() -> None:
    reach = Reach()
    assert reach.failed(AWAY, START) is None
    assert reach.failed(AWAY, after(LASTS.total_seconds() + 1)) is None
    told = reach.failed(AWAY, after(LASTS.total_seconds() + 2))
    assert told is not None
    [problem] = told
    assert problem.fingerprint == "remote/unreachable"
    assert problem.what == (
        "The repository https://example.org/app.git cannot be reached."
        " Pushes are not noticed, and no deploy can begin."
    )
    assert problem.details == ["since 2026-03-09 10:00 UTC"]
    assert reach.failed(OTHER, after(9999)) == told  # whatever git says, it is the same


def test_many_failures_in_a_short_time_are_too_early() -> None:
    reach = Reach()
    assert [reach.failed(AWAY, after(second)) for second in range(FAILURES * 3)] == [None] * FAILURES * 3


def test_a_success_in_between_begins_anew() -> None:
    reach = Reach()
    for second in (0, 200):
        assert reach.failed(AWAY, after(second)) is None
    assert reach.reached() == []
    for second in (400, 600):
        assert reach.failed(AWAY, after(second)) is None
    assert reach.failed(AWAY, after(700))


def test_a_branch_that_is_gone_is_another_problem() -> None:
    reach = Reach()
    for second in (0, 200):
        reach.failed(GONE, after(second))
    told = reach.failed(GONE, after(400))
    assert told is not None
    assert (told[0].fingerprint, told[0].title) == ("remote/branch", "The watched branch is gone")
    assert "GIT_BRANCH" in told[0].advice
