"""What a remote holds, without a copy of it."""

from __future__ import annotations

from pathlib import Path

from pipeline.source.errors import GitFailed, RemoteUnreachable
from pipeline.source.git import GitCommand, run_git
from pipeline.source.refs import is_branch, is_sha
from pipeline.source.url import Address, address, shown_url

ASK_SECONDS = 30.0

_HEADS = "refs/heads/"


async def remote_tips(url: str, timeout: float = ASK_SECONDS) -> dict[str, str]:
    """Branch → full SHA. Raises RemoteUnreachable, and ConfigurationError for an unusable URL."""
    return await _tips(url, timeout, "refs/heads/*")


async def remote_tip(url: str, branch: str, timeout: float = ASK_SECONDS) -> str | None:
    """The full SHA of one branch, None if the remote has none of that name."""
    if not is_branch(branch):
        return None
    return (await _tips(url, timeout, _HEADS + branch)).get(branch)


async def ask(
    where: Address, shown: str, timeout: float, arguments: tuple[str, ...], directory: Path | None = None
) -> bytes:
    """Standard output of a git command that talks to the remote. Raises RemoteUnreachable, naming `shown`."""
    command = GitCommand(arguments, directory, where.config, where.env, where.secrets)
    try:
        return await run_git(command, timeout=timeout)
    except GitFailed as error:
        raise RemoteUnreachable(shown, f"git {error.subcommand}", error.reason) from error


def talking_to(where: Address) -> tuple[str, ...]:
    """Options for talking to a remote. A local one may belong to another user: it is not discovered
    but named by the configuration, so its owner does not matter."""
    return ("--upload-pack=git -c safe.directory='*' upload-pack",) if where.local else ()


async def _tips(url: str, timeout: float, pattern: str) -> dict[str, str]:
    where = address(url)
    options = ("ls-remote", "--quiet", *talking_to(where), "--", where.url, pattern)
    return parse_tips(await ask(where, shown_url(url), timeout, options))


def parse_tips(listing: bytes) -> dict[str, str]:
    """The lines of ls-remote; a name that is not UTF-8 or that git itself would refuse is left out."""
    tips = {}
    for line in listing.split(b"\n"):
        sha, _, ref = line.decode(errors="replace").partition("\t")
        branch = ref.removeprefix(_HEADS)
        if ref.startswith(_HEADS) and "\ufffd" not in branch and is_branch(branch) and is_sha(sha):
            tips[branch] = sha
    return tips
