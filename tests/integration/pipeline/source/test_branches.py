"""Branches with their age, from a real remote."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pipeline.source import RemoteUnreachable, Source
from pipeline.source.branches import Branch, newest_first, parse_times

from .conftest import Repository


async def test_newest_first_and_up_to_date(repository: Repository, source: Source) -> None:
    old = repository.commit("Old")
    repository.push("HEAD:refs/heads/main", "HEAD:refs/heads/b")
    before = await source.branches(within=30)
    assert [(branch.name, branch.sha) for branch in before] == [("b", old), ("main", old)]
    assert all(branch.when for branch in before)
    repository.run("commit", "-q", "--allow-empty", "-m", "New", "--date=now")
    new = repository.head()
    repository.push("HEAD:refs/heads/feature/x")
    repository.push(":refs/heads/b")
    after = await source.branches(within=30)
    assert {(branch.name, branch.sha) for branch in after} == {("feature/x", new), ("main", old)}
    assert after == sorted(after, key=lambda each: each.when or datetime.now(UTC), reverse=True)


async def test_what_cannot_be_fetched_in_time_has_no_age(repository: Repository, source: Source) -> None:
    sha = repository.commit("One")
    repository.push()
    assert await source.branches(within=0) == [Branch("main", sha, None)]
    assert (await source.branches(within=30))[0].when is not None


async def test_a_remote_that_is_away(repository: Repository, source: Source) -> None:
    repository.remote.rename(repository.remote.with_name("gone"))
    with pytest.raises(RemoteUnreachable):
        await source.branches(within=30)


def test_times_as_git_lists_them() -> None:
    one, two, bad = "1" * 40, "2" * 40, "3" * 40
    listing = f"{one} 1767261600\n{two} 1767265200\n{bad} 99999999999999999\nrubbish\n".encode()
    times = parse_times(listing)
    assert times == {
        one: datetime(2026, 1, 1, 10, tzinfo=UTC),
        two: datetime(2026, 1, 1, 11, tzinfo=UTC),
    }
    found = newest_first({"z": one, "a": one, "new": two, "unknown": bad}, times)
    assert [branch.name for branch in found] == ["new", "a", "z", "unknown"]
