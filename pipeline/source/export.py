"""One commit's files on disk, without .git."""

from __future__ import annotations

import asyncio
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

from pipeline.source.errors import CommitUnusable, GitFailed
from pipeline.source.git import GitCommand, run_git
from pipeline.source.refs import plain

EXPORT_SECONDS = 300.0

_SUBMODULE = b"160000"


@dataclass(frozen=True)
class Exported:
    """How many files were written, and the paths of the submodules that were left out (empty folders)."""

    files: int
    submodules: tuple[str, ...]


async def export(mirror: Path, sha: str, into: Path) -> Exported:
    """See Source.export. Written beside `into` first, so that `into` is never half a tree."""
    await asyncio.to_thread(into.parent.mkdir, parents=True, exist_ok=True)
    listing = await _git(mirror, ("ls-tree", "-r", "-z", "--full-tree", sha))
    entries = [entry for entry in listing.split(b"\0") if entry]
    submodules = [entry.partition(b"\t")[2] for entry in entries if entry.startswith(_SUBMODULE)]
    work = Path(await asyncio.to_thread(mkdtemp, prefix=f".{into.name}.", dir=into.parent))
    try:
        tree = work / "tree"
        await asyncio.to_thread(tree.mkdir)
        env = {"GIT_INDEX_FILE": str(work / "index"), "GIT_WORK_TREE": str(tree)}
        try:
            await _git(mirror, ("read-tree", sha), env)
        except GitFailed as error:
            if "invalid path" in error.reason:
                raise CommitUnusable(sha, f"git refuses a path in it ({error.reason})") from error
            raise
        await _git(mirror, ("checkout-index", "--all", "--quiet"), env)
        if escaping := await asyncio.to_thread(_escaping_link, tree):
            raise CommitUnusable(sha, f"the symbolic link {escaping} leads out of the repository")
        await asyncio.to_thread(_move, tree, into)
    finally:
        await asyncio.to_thread(shutil.rmtree, work, True)
    return Exported(len(entries) - len(submodules), tuple(plain(path) for path in submodules))


async def _git(mirror: Path, arguments: tuple[str, ...], env: dict[str, str] | None = None) -> bytes:
    return await run_git(GitCommand(arguments, directory=mirror, env=env or {}), timeout=EXPORT_SECONDS)


def _escaping_link(tree: Path) -> str | None:
    """The first symbolic link whose target, followed to its end, lies outside of the tree."""
    root = os.path.realpath(tree)
    for folder, folders, files in os.walk(tree):
        for name in (*folders, *files):
            path = os.path.join(folder, name)  # noqa: PTH118 - names of any bytes, in a hot loop
            if os.path.islink(path) and not _inside(root, path):  # noqa: PTH114
                shown = os.path.relpath(path, tree)
                return plain(os.fsencode(shown))
    return None


def _inside(root: str, link: str) -> bool:
    if os.path.isabs(os.readlink(link)):  # noqa: PTH115, PTH117
        return False
    target = os.path.realpath(link)
    return target == root or target.startswith(root + os.sep)


def _move(tree: Path, into: Path) -> None:
    if into.is_symlink() or into.is_file():
        into.unlink()
    elif into.exists():
        shutil.rmtree(into)
    tree.rename(into)
