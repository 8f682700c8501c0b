import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest

from pipeline.source import RemoteUnreachable, Resolved, Source, UnknownTarget, remote_tips
from pipeline.source.refs import is_branch

from .conftest import ENVIRONMENT, Repository

HOSTILE_BRANCHES = ["feature/x", "ünïcode", "a'b\"c", "x$(id)", "a&b;c|d<e>", "fix/#42", "`id`", "x=y"]


async def test_tips_and_tip(repository: Repository, source: Source) -> None:
    first = repository.commit()
    repository.push()
    second = repository.commit()
    repository.push("HEAD:refs/heads/feature/x")
    assert await source.tips() == {"main": first, "feature/x": second}
    assert await source.tip("main") == first
    assert await source.tip("x") is None
    assert await source.tip("--upload-pack=x") is None
    assert await remote_tips(str(repository.remote)) == await source.tips()


async def test_an_empty_remote_has_no_tips(source: Source) -> None:
    assert await source.tips() == {}
    with pytest.raises(UnknownTarget):
        await source.resolve("main")


async def test_branch_before_sha(repository: Repository, source: Source) -> None:
    first = repository.commit("One")
    repository.commit("Two")
    repository.push(f"HEAD:refs/heads/{first[:8]}", "HEAD:refs/heads/main")
    assert await source.resolve(first[:8]) == Resolved(first[:8], repository.head())
    assert await source.resolve(first[:9]) == Resolved(None, first)
    assert await source.resolve(first) == Resolved(None, first)
    assert await source.resolve(first.upper()) == Resolved(None, first)


@pytest.mark.parametrize("branch", HOSTILE_BRANCHES)
async def test_hostile_branch_names(repository: Repository, source: Source, branch: str) -> None:
    sha = repository.commit()
    repository.push(f"HEAD:refs/heads/{branch}")
    assert await source.tip(branch) == sha
    assert await source.resolve(branch) == Resolved(branch, sha)


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("mian", '"mian" is neither a branch nor a commit of the repository. Branches to choose from: main'),
        ("abcdef1", '"abcdef1" is neither a branch nor a commit'),
        ("f" * 40, "is neither a branch nor a commit"),
        ("abc", '"abc" is neither a branch nor a commit'),
        ("--help", '"--help" cannot be a branch, nor is it 7 to 40 digits of a SHA'),
        ("", '"" cannot be a branch'),
        ("HEAD", '"HEAD" cannot be a branch'),
        ("main~1", '"main~1" cannot be a branch'),
        ("main:README", "cannot be a branch"),
        ("a\nb", '"a b" cannot be a branch'),
        ("x" * 5000, "is neither a branch nor a commit"),
        ("refs/heads/main", "is neither a branch nor a commit"),
    ],
)
async def test_unknown_targets(repository: Repository, source: Source, target: str, told: str) -> None:
    repository.commit()
    repository.push()
    with pytest.raises(UnknownTarget) as caught:
        await source.resolve(target)
    assert told in caught.value.what
    assert len(caught.value.what) < 400


async def test_an_ambiguous_short_sha_is_refused(repository: Repository, source: Source) -> None:
    """Found by looking: two commits whose SHAs begin with the same seven digits, by their dates."""
    first, second = 0, 0
    seen: dict[str, int] = {}
    tree = repository.run("mktree", stdin=b"")
    for when in range(1, 200_000):
        who = f"A <a@example.org> {when} +0000"
        body = f"tree {tree}\nauthor {who}\ncommitter {who}\n\nx\n".encode()
        prefix = hashlib.sha1(b"commit %d\0" % len(body) + body).hexdigest()[:7]  # noqa: S324 - git's own
        if prefix in seen:
            first, second = seen[prefix], when
            break
        seen[prefix] = when
    assert first
    for when in (first, second):
        who = f"A <a@example.org> {when} +0000"
        body = f"tree {tree}\nauthor {who}\ncommitter {who}\n\nx\n".encode()
        sha = repository.run("hash-object", "-t", "commit", "-w", "--stdin", stdin=body)
        repository.push(f"{sha}:refs/heads/b{when}")
    with pytest.raises(UnknownTarget, match="fits more than one commit"):
        await source.resolve(sha[:7])
    assert await source.resolve(sha) == Resolved(None, sha)


async def test_a_forced_push_and_a_removed_branch(repository: Repository, source: Source) -> None:
    old = repository.commit("Old")
    repository.push("HEAD:refs/heads/main", "HEAD:refs/heads/gone")
    await source.fetch()
    repository.amend("New")
    repository.push("HEAD:refs/heads/main", ":refs/heads/gone")
    await source.fetch()
    assert await source.resolve("main") == Resolved("main", repository.head())
    assert await source.resolve(old) == Resolved(None, old)
    with pytest.raises(UnknownTarget):
        await source.resolve("gone")


async def test_a_branch_becomes_a_folder_of_branches(repository: Repository, source: Source) -> None:
    repository.commit()
    repository.push("HEAD:refs/heads/a")
    await source.fetch()
    repository.push(":refs/heads/a")
    repository.push("HEAD:refs/heads/a/b")
    await source.fetch()
    assert (await source.resolve("a/b")).branch == "a/b"


async def test_a_deleted_mirror_is_made_again(repository: Repository, source: Source, mirror: Path) -> None:
    sha = repository.commit()
    repository.push()
    await source.fetch()
    shutil.rmtree(mirror)
    assert await source.resolve("main") == Resolved("main", sha)


@pytest.mark.parametrize("damage", ["HEAD", "objects", "config", "description", "everything"])
async def test_a_broken_mirror_is_cloned_anew(
    repository: Repository, source: Source, mirror: Path, tmp_path: Path, damage: str
) -> None:
    repository.commit(a="1")
    repository.push()
    await source.fetch()
    if damage == "objects":
        shutil.rmtree(mirror / "objects")
        (mirror / "objects").mkdir()
    elif damage == "everything":
        shutil.rmtree(mirror)
        mirror.write_text("a file")
    else:
        (mirror / damage).write_bytes(b"\xff broken")
    sha = repository.commit(a="2")
    repository.push()
    await source.fetch()
    assert await source.resolve("main") == Resolved("main", sha)
    await source.export(sha, tmp_path / "out")
    assert (tmp_path / "out" / "a").read_text() == "2"
    assert list(mirror.parent.iterdir()) == [mirror]


async def test_another_repository_gets_another_mirror(
    repository: Repository, mirror: Path, tmp_path: Path
) -> None:
    ours = repository.commit("Ours")
    repository.push()
    await Source(str(repository.remote), mirror).fetch()
    other = Repository(tmp_path / "others")
    theirs = other.commit("Theirs")
    other.push()
    source = Source(str(other.remote), mirror)
    assert await source.resolve(theirs) == Resolved(None, theirs)
    with pytest.raises(UnknownTarget):
        await source.resolve(ours)


async def test_a_remote_that_vanished_leaves_the_mirror_usable(
    repository: Repository, source: Source
) -> None:
    sha = repository.commit()
    repository.push()
    await source.fetch()
    repository.remote.rename(repository.remote.with_name("moved"))
    with pytest.raises(RemoteUnreachable) as caught:
        await source.fetch()
    assert str(repository.remote) in caught.value.what
    assert "tried git fetch" in caught.value.what
    assert await source.resolve("main") == Resolved("main", sha)


@pytest.mark.parametrize(
    "name",
    ["main", "a..b", ".a", "a.lock", "a/.b", "a@{b", "-a", "a b", "ü", "a/", "//", "a.", "a~", "HEAD"],
)
def test_branch_rules_are_git_s_own(name: str) -> None:
    asked = subprocess.run(
        ["git", "check-ref-format", "--branch", name],
        env=ENVIRONMENT,
        check=False,
        cwd="/",
        capture_output=True,
        timeout=10,
    )
    assert is_branch(name) == (asked.returncode == 0)


async def test_locks_that_a_killed_git_left_are_in_nobodys_way(
    repository: Repository, source: Source, mirror: Path
) -> None:
    repository.commit()
    repository.push()
    await source.fetch()
    for lock in ("packed-refs.lock", "config.lock", "refs/heads/main.lock"):
        (mirror / lock).touch()
    second = repository.commit()
    repository.push()
    await source.fetch()
    assert (await source.resolve("main")).sha == second
