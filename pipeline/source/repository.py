"""The repository that is deployed from, as the stages and the bot ask about it."""

from __future__ import annotations

import asyncio
import contextlib
import difflib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pipeline.cancelling import together
from pipeline.source.branches import FORMAT as FORMAT_OF_TIPS
from pipeline.source.branches import Branch, newest_first, parse_times
from pipeline.source.errors import GitFailed, UnknownTarget
from pipeline.source.export import Exported, export
from pipeline.source.history import FORMAT, Commits, parse_log
from pipeline.source.mirror import Mirror
from pipeline.source.refs import SHORTEST_SHA, is_branch, is_sha, is_short_sha, plain
from pipeline.source.remote import parse_tips, remote_tip, remote_tips
from pipeline.source.url import address, shown_url

_NEAR = 5
_ENTRY = 4  # of ls-tree --long: mode, type, object, size
_LINK = b"120000"


@dataclass(frozen=True)
class Resolved:
    """What a target stands for; `branch` is None when a commit was named."""

    branch: str | None
    sha: str


class Source:
    """The repository at `url`, with a bare mirror in the directory `mirror`, which is ours alone.

    Questions about commits are answered from the mirror as it was fetched last; where there is none
    yet it is fetched first. Every method raises RemoteUnreachable where it needs the remote. `borrowed` is
    another one's mirror of the same repository, which is only read.
    """

    def __init__(self, url: str, mirror: Path, *, borrowed: Path | None = None) -> None:
        self.url = shown_url(url)
        """Without credentials."""
        self._full_url = url
        self._mirror = Mirror(mirror, address(url), self.url, borrowed=borrowed)

    async def tips(self) -> dict[str, str]:
        """Branch → full SHA, as the remote has them now."""
        return await remote_tips(self._full_url)

    async def tip(self, branch: str) -> str | None:
        """The full SHA of one branch as the remote has it now."""
        return await remote_tip(self._full_url, branch)

    async def fetch(self) -> None:
        """Bring the mirror to where the remote is, removed branches included. A mirror that is broken,
        or of another repository, is thrown away and cloned anew."""
        await self._mirror.fetch()

    async def branches(self, *, within: float) -> list[Branch]:
        """All as the remote has them now, newest first. What cannot be fetched within so many seconds has no
        age."""
        tips = await self.tips()
        times = await self._times()
        if any(sha not in times for sha in tips.values()):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(within):
                    await self._mirror.fetch()
            times = await self._times()
        return newest_first(tips, times)

    async def resolve(self, target: str) -> Resolved:
        """A branch, or else a commit by its SHA or the first 7 or more digits of it. Raises UnknownTarget."""
        await self._mirror.ensure()
        branches = parse_tips(
            await self._mirror.git("for-each-ref", "--format=%(objectname)%09%(refname)", "refs/heads/")
        )
        if target in branches:
            return Resolved(target, branches[target])
        sha = target.lower()
        if is_short_sha(sha):
            found = await self._commits_beginning(sha)
            if len(found) == 1:
                return Resolved(None, found[0])
            why = (
                "fits more than one commit" if found else "is neither a branch nor a commit of the repository"
            )
        elif is_branch(target):
            why = "is neither a branch nor a commit of the repository"
        else:
            why = f"cannot be a branch, nor is it {SHORTEST_SHA} to 40 digits of a SHA"
        raise UnknownTarget(plain(target.encode(errors="replace"))[:100], why, _near(target, list(branches)))

    async def export(self, sha: str, into: Path) -> Exported:
        """Write exactly the commit's files into `into`, which is made new; what was there is removed.

        Submodules are left out and named in the result. Raises UnknownTarget, and CommitUnusable for a
        path or a symbolic link that leads out of the tree.
        """
        await self._mirror.ensure()
        await self._known(sha)
        return await self._mirror.healed(lambda: export(self._mirror.directory, sha, into))

    async def commits(self, since: str | None, until: str, limit: int = 20) -> Commits:
        """What `until` has and `since` has not, newest first; both are full SHAs. Raises UnknownTarget
        for an unknown `until`; an unknown `since` counts as unrelated."""
        await self._mirror.ensure()
        await self._known(until)
        base = since if since and await self._related(since, until) else None
        span = f"{base}..{until}" if base else until
        log, (dropped, total) = await together(
            self._mirror.git("log", "-z", f"--format={FORMAT}", "--encoding=UTF-8", f"-n{limit}", span, "--"),
            self._apart(base, until),
        )
        return Commits(
            commits=parse_log(log),
            total=total,
            unrelated=since is not None and base is None,
            dropped=dropped,
        )

    async def changed_files(self, since: str | None, until: str) -> list[str]:
        """Paths that differ between two commits (full SHAs), for showing: control characters are taken
        out. Every path of `until` when `since` is None or unknown."""
        await self._mirror.ensure()
        await self._known(until)
        if since and is_sha(since) and await self._is_commit(since):
            options = ("--name-only", "-z", "--no-renames", "--no-ext-diff", "--no-textconv")
            listing = await self._mirror.git("diff", *options, since, until, "--")
        else:
            listing = await self._mirror.git("ls-tree", "-r", "-z", "--name-only", "--full-tree", until)
        return [plain(path) for path in listing.split(b"\0") if path]

    async def file(self, sha: str, path: str, most: int) -> bytes | None:
        """What a commit has at a path, from its top folder; None where that is no file, or longer than `most`
        bytes. Raises UnknownTarget."""
        await self._mirror.ensure()
        await self._known(sha)
        listed = await self._mirror.git("ls-tree", "-z", "--full-tree", "--long", sha, "--", path)
        words = listed.partition(b"\t")[0].split()
        if len(words) != _ENTRY or words[1] != b"blob" or words[0] == _LINK or int(words[3]) > most:
            return None
        return await self._mirror.git("cat-file", "blob", words[2].decode())

    async def _known(self, sha: str) -> None:
        if not is_sha(sha) or not await self._is_commit(sha):
            raise UnknownTarget(sha[:100], "is no commit of the repository", ())

    async def _commits_beginning(self, digits: str) -> list[str]:
        if not is_short_sha(digits):
            return []
        found = (await self._mirror.git("rev-parse", f"--disambiguate={digits}")).decode().split()
        return [sha for sha in found if await self._is_commit(sha)]

    async def _is_commit(self, sha: str) -> bool:
        try:
            return (await self._mirror.git("cat-file", "-t", sha)).strip() == b"commit"
        except GitFailed:
            return False

    async def _related(self, since: str, until: str) -> bool:
        if not is_sha(since):
            return False
        try:
            await self._mirror.git("merge-base", since, until)
        except GitFailed:
            return False
        return True

    async def _times(self) -> dict[str, datetime]:
        """Of the tips that the mirror has; empty where there is no mirror yet."""
        try:
            listing = await self._mirror.git("for-each-ref", f"--format={FORMAT_OF_TIPS}", "refs/heads/")
        except GitFailed:
            return {}
        return parse_times(listing)

    async def _apart(self, base: str | None, until: str) -> tuple[int, int]:
        """How many commits only `base` has, and how many only `until`."""
        if base is None:
            return 0, int(await self._mirror.git("rev-list", "--count", until, "--"))
        sides = ("--left-right", f"{base}...{until}")
        left, right = (await self._mirror.git("rev-list", "--count", *sides, "--")).split()
        return int(left), int(right)


def _near(target: str, branches: list[str]) -> list[str]:
    return difflib.get_close_matches(target, branches, n=_NEAR, cutoff=0.5) or sorted(branches)[:_NEAR]
