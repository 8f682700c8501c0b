"""The bare copy of the remote on disk: made, brought up to date, and made anew when it is broken."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from pipeline.source.errors import GitFailed, RemoteUnreachable
from pipeline.source.git import GitCommand, run_git
from pipeline.source.remote import ask, talking_to
from pipeline.source.url import Address

FETCH_SECONDS = 900.0
LOCAL_SECONDS = 60.0
CHECK_SECONDS = 300.0

_REFSPECS = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
_ATTRIBUTES = "* -text -ident -filter -working-tree-encoding\n"  # files come out byte for byte

T = TypeVar("T")


class Mirror:
    """The directory belongs to this class alone: a mirror that is broken, or of another repository, is
    thrown away. `shown` is the remote's URL without credentials. `borrowed` is another mirror, whose
    objects are read where they lie and not fetched again."""

    def __init__(self, directory: Path, where: Address, shown: str, *, borrowed: Path | None = None) -> None:
        self.directory = directory
        self._where = where
        self._shown = shown
        self._borrowed = borrowed
        self._fetching = asyncio.Lock()

    async def git(self, *arguments: str, timeout: float = LOCAL_SECONDS) -> bytes:
        """Standard output of a command that stays on this machine. Raises GitFailed."""
        return await run_git(GitCommand(arguments, directory=self.directory), timeout=timeout)

    async def fetch(self) -> None:
        """Raises RemoteUnreachable."""
        async with self._fetching:
            if not await self._is_ours():
                await self._clone()
                return
            await asyncio.to_thread(_unlock, self.directory)
            try:
                await self._update(self.directory)
            except RemoteUnreachable:
                if not await self._broken():
                    raise
                await self._clone()

    async def ensure(self) -> None:
        """Fetch where there is no mirror yet."""
        if not await self._is_ours():
            await self.fetch()

    async def healed(self, act: Callable[[], Awaitable[T]]) -> T:
        """Do it; if git fails because the mirror is broken, clone anew and do it once more."""
        try:
            return await act()
        except GitFailed:
            if not await self._broken():
                raise
        async with self._fetching:
            await self._clone()
        return await act()

    async def _is_ours(self) -> bool:
        try:
            written = await asyncio.to_thread((self.directory / "description").read_text)
            await self.git("rev-parse", "--is-bare-repository")
        except (OSError, ValueError, GitFailed):
            return False
        return written == self._shown

    async def _broken(self) -> bool:
        try:
            await self.git("fsck", "--connectivity-only", "--no-dangling", timeout=CHECK_SECONDS)
        except GitFailed:
            return True
        return False

    async def _clone(self) -> None:
        fresh = self.directory.with_name(f".{self.directory.name}.new")
        await asyncio.to_thread(_prepare, fresh)
        try:
            init = GitCommand(("init", "--bare", "--quiet", "--template="), directory=fresh)
            await run_git(init, timeout=LOCAL_SECONDS)
            await asyncio.to_thread(_describe, fresh, self._shown)
            if self._borrowed is not None:
                await asyncio.to_thread(_borrow, fresh, self._borrowed)
            await self._update(fresh)
        except BaseException:
            await asyncio.to_thread(_remove, fresh)
            raise
        await asyncio.to_thread(_replace, fresh, self.directory)

    async def _update(self, directory: Path) -> None:
        options = ("--prune", "--no-tags", "--force", "--quiet", "--no-write-fetch-head")
        reach = ("--no-recurse-submodules", *talking_to(self._where), "--", self._where.url)
        await ask(self._where, self._shown, FETCH_SECONDS, ("fetch", *options, *reach, *_REFSPECS), directory)


def _prepare(fresh: Path) -> None:
    _remove(fresh)
    fresh.parent.mkdir(parents=True, exist_ok=True)


def _unlock(directory: Path) -> None:
    """Removes locks of a git that was killed: who fetches here holds the executor's lock, so none is live."""
    for folder, pattern in ((directory, "*.lock"), (directory / "refs", "**/*.lock")):
        for lock in folder.glob(pattern):
            lock.unlink(missing_ok=True)


def _describe(directory: Path, shown: str) -> None:
    (directory / "info").mkdir(exist_ok=True)
    (directory / "info" / "attributes").write_text(_ATTRIBUTES)
    (directory / "description").write_text(shown)


def _borrow(directory: Path, other: Path) -> None:
    objects = other.absolute() / "objects"
    if objects.is_dir():
        alternates = directory / "objects" / "info" / "alternates"
        alternates.parent.mkdir(parents=True, exist_ok=True)
        alternates.write_text(f"{objects}\n")


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _replace(fresh: Path, directory: Path) -> None:
    _remove(directory)
    fresh.rename(directory)
