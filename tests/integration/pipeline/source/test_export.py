import os
from pathlib import Path

import pytest

from pipeline.source import CommitUnusable, Source, UnknownTarget

from .conftest import Repository


async def test_exactly_the_commit(repository: Repository, source: Source, tmp_path: Path) -> None:
    first = repository.commit(a="one", b="gone later")
    (repository.clone / "b").unlink()
    (repository.clone / "sub").mkdir()
    (repository.clone / "sub" / "run.sh").write_text("#!/bin/sh\n")
    (repository.clone / "sub" / "run.sh").chmod(0o755)
    second = repository.commit(a="two")
    repository.push()
    out = tmp_path / "out"
    assert (await source.export(second, out)).files == 2
    assert sorted(path.name for path in out.rglob("*")) == ["a", "run.sh", "sub"]
    assert (out / "a").read_text() == "two"
    assert (out / "sub" / "run.sh").stat().st_mode & 0o111
    assert not (out / "a").stat().st_mode & 0o111
    await source.export(first, out)
    assert sorted(path.name for path in out.rglob("*")) == ["a", "b"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "people", "state"]


async def test_bytes_are_those_that_were_committed(
    repository: Repository, source: Source, tmp_path: Path
) -> None:
    """Attributes cannot leave files out, rewrite line ends, fill in keywords or run filters."""
    (repository.clone / ".gitattributes").write_text(
        "hidden export-ignore\nwindows eol=crlf\nkeyword ident export-subst\nsecret filter=evil\n"
    )
    (repository.clone / "windows").write_bytes(b"a\nb\n")
    repository.commit(hidden="here", keyword="$Id$ $Format:%H$", secret="plain")
    repository.push()
    out = tmp_path / "out"
    await source.export(repository.head(), out)
    assert (out / "hidden").read_text() == "here"
    assert (out / "windows").read_bytes() == b"a\nb\n"
    assert (out / "keyword").read_text() == "$Id$ $Format:%H$"
    assert (out / "secret").read_text() == "plain"


async def test_strange_names(repository: Repository, source: Source, tmp_path: Path) -> None:
    names = ["new\nline", "ünï", "-rf", "a b", "$(id)", "\x1b[31m", 'q"uote', "back\\slash", "*"]
    for name in names:
        (repository.clone / name).write_text(name)
    names.append(os.fsdecode(b"bad\xff"))
    (repository.clone / names[-1]).touch()
    sha = repository.commit()
    repository.push()
    assert (await source.export(sha, tmp_path / "out")).files == 10
    assert {path.name for path in (tmp_path / "out").iterdir()} == set(names)
    assert "new line" in await source.changed_files(None, sha)


async def test_links_within_the_tree_stay_links(
    repository: Repository, source: Source, tmp_path: Path
) -> None:
    (repository.clone / "dir").mkdir()
    (repository.clone / "dir" / "up").symlink_to("../file")
    (repository.clone / "folder").symlink_to("dir")
    (repository.clone / "dangling").symlink_to("not-there")
    (repository.clone / "loop").symlink_to("loop")
    sha = repository.commit(file="x")
    repository.push()
    await source.export(sha, tmp_path / "out")
    assert (tmp_path / "out" / "dir" / "up").readlink() == Path("../file")
    assert (tmp_path / "out" / "folder" / "up").read_text() == "x"


@pytest.mark.parametrize("target", ["/etc/passwd", "../outside", "a/../../..", "through/../../.."])
async def test_links_that_lead_out_are_refused(
    repository: Repository, source: Source, tmp_path: Path, target: str
) -> None:
    (repository.clone / "through").symlink_to(".")
    (repository.clone / "link").symlink_to(target)
    sha = repository.commit()
    repository.push()
    with pytest.raises(CommitUnusable, match="the symbolic link link leads out of the repository"):
        await source.export(sha, tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["people", "state"]


@pytest.mark.parametrize("path", [b"..", b".git", b".GIT"])
async def test_paths_that_lead_out_are_refused(
    repository: Repository, source: Source, tmp_path: Path, path: bytes
) -> None:
    sha = repository.tree("100644", path)
    with pytest.raises(CommitUnusable, match="git refuses a path in it"):
        await source.export(sha, tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["people", "state"]


async def test_submodules_are_left_out_and_told(
    repository: Repository, source: Source, tmp_path: Path
) -> None:
    sha = repository.tree("160000", b"vendored")
    exported = await source.export(sha, tmp_path / "out")
    assert (exported.files, exported.submodules) == (0, ("vendored",))
    assert list((tmp_path / "out").rglob("*")) == [tmp_path / "out" / "vendored"]


async def test_hooks_do_not_run(repository: Repository, source: Source, mirror: Path, tmp_path: Path) -> None:
    sha = repository.commit()
    repository.push()
    await source.fetch()
    (mirror / "hooks").mkdir()
    for name in ("post-checkout", "reference-transaction", "post-index-change"):
        (mirror / "hooks" / name).write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
        (mirror / "hooks" / name).chmod(0o755)
    repository.commit()
    repository.push()
    await source.fetch()
    await source.export(sha, tmp_path / "out")
    assert not (tmp_path / "ran").exists()


async def test_a_link_in_the_place_of_the_target_is_replaced(
    repository: Repository, source: Source, tmp_path: Path
) -> None:
    sha = repository.commit(a="x")
    repository.push()
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "keep").touch()
    (tmp_path / "out").symlink_to(tmp_path / "precious")
    await source.export(sha, tmp_path / "out")
    assert not (tmp_path / "out").is_symlink()
    assert (tmp_path / "precious" / "keep").exists()


@pytest.mark.parametrize("sha", ["f" * 40, "main", "--help", "HEAD", ""])
async def test_only_known_commits(repository: Repository, source: Source, tmp_path: Path, sha: str) -> None:
    repository.commit()
    repository.push()
    with pytest.raises(UnknownTarget):
        await source.export(sha, tmp_path / "out")


async def test_a_mirror_that_lost_objects_heals(
    repository: Repository, source: Source, mirror: Path, tmp_path: Path
) -> None:
    sha = repository.commit(a="x")
    repository.push()
    await source.fetch()
    blob = repository.run("rev-parse", "HEAD:a")
    loose = mirror / "objects" / blob[:2] / blob[2:]
    if loose.exists():
        loose.unlink()
    else:
        for pack in (mirror / "objects" / "pack").glob("*.pack"):
            pack.unlink()
    await source.export(sha, tmp_path / "out")
    assert (tmp_path / "out" / "a").read_text() == "x"
