from datetime import UTC, datetime

import pytest

from pipeline.source import Commits, Source, UnknownTarget

from .conftest import Repository


async def subjects(source: Source, since: str | None, until: str) -> list[str]:
    return [commit.subject for commit in (await source.commits(since, until)).commits]


async def test_newest_first_and_counted(repository: Repository, source: Source) -> None:
    first = repository.commit("One\n\nwith a body")
    for number in range(5):
        repository.commit(f"Change {number}")
    repository.push()
    found = await source.commits(first, repository.head(), limit=2)
    assert [commit.subject for commit in found.commits] == ["Change 4", "Change 3"]
    assert (found.total, found.unrelated, found.dropped) == (5, False, 0)
    newest = found.commits[0]
    assert (newest.sha, newest.author) == (repository.head(), "Ada")
    assert abs((datetime.now(UTC) - newest.when).total_seconds()) < 60
    assert (await source.commits(None, repository.head())).total == 6
    assert await source.commits(repository.head(), repository.head()) == Commits((), 0)


async def test_going_back_tells_what_is_dropped(repository: Repository, source: Source) -> None:
    first = repository.commit("One")
    last = repository.commit("Two")
    repository.push()
    assert await source.commits(last, first) == Commits((), 0, dropped=1)


async def test_after_a_forced_push(repository: Repository, source: Source) -> None:
    repository.commit("Base")
    old = repository.commit("Old")
    repository.push()
    await source.fetch()
    repository.amend("New")
    repository.push()
    await source.fetch()
    found = await source.commits(old, repository.head())
    assert [commit.subject for commit in found.commits] == ["New"]
    assert (found.total, found.unrelated, found.dropped) == (1, False, 1)


async def test_unrelated_histories(repository: Repository, source: Source) -> None:
    old = repository.commit("Old", a="1")
    repository.push("HEAD:refs/heads/old")
    repository.run("checkout", "-q", "--orphan", "new")
    new = repository.commit("New", b="1")
    repository.push()
    for since in (old, "f" * 40):
        found = await source.commits(since, new)
        assert [commit.subject for commit in found.commits] == ["New"]
        assert (found.total, found.unrelated) == (1, True)


async def test_hostile_messages(repository: Repository, source: Source) -> None:
    messages: list[str] = [
        "\x1b[2J\x1b[31mred\x07 <b>bold</b> &amp;",
        "right\u202eto left",
        "-option",
        "%H %x00",
        "x" * 100_000,
    ]
    for message in messages:
        repository.commit(message)
    repository.push()
    assert await subjects(source, None, repository.head()) == [
        "x" * 100_000,
        "%H %x00",
        "-option",
        "rightto left",
        "[2J [31mred  <b>bold</b> &amp;",
    ]


async def test_a_commit_whose_bytes_are_no_text(repository: Repository, source: Source) -> None:
    tree = repository.run("mktree")
    raw = (
        f"tree {tree}\nauthor ".encode()
        + b"\xff <> 99999999999999 +0000\ncommitter X <x> 0 +0000\n\nbad \xff\xfe"
    )
    sha = repository.run("hash-object", "-t", "commit", "-w", "--literally", "--stdin", stdin=raw)
    repository.push(f"{sha}:refs/heads/main")
    found = (await source.commits(None, sha)).commits[0]
    assert (found.author, found.subject, found.when.year) == ("\ufffd", "bad \ufffd\ufffd", 1970)


async def test_changed_files(repository: Repository, source: Source) -> None:
    first = repository.commit(a="1", b="1", c="1")
    (repository.clone / "a").rename(repository.clone / "new\nname")
    (repository.clone / "c").write_text("2")
    repository.commit()
    repository.push()
    head = repository.head()
    assert await source.changed_files(first, head) == ["a", "c", "new name"]
    assert await source.changed_files(head, head) == []
    assert await source.changed_files(None, head) == ["b", "c", "new name"]
    assert await source.changed_files("f" * 40, head) == ["b", "c", "new name"]


async def test_an_unknown_commit_is_named(repository: Repository, source: Source) -> None:
    repository.commit()
    repository.push()
    for ask in (source.commits, source.changed_files):
        with pytest.raises(UnknownTarget, match="is no commit of the repository"):
            await ask(None, "f" * 40)
        with pytest.raises(UnknownTarget):
            await ask(None, "--output=/tmp/x")
    assert (await source.commits("--all", repository.head())).unrelated
