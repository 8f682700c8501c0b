"""A repository that people set up on this machine: what is there, and the git commands to what is wanted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from shlex import quote

from pipeline.model.errors import ConfigurationError, PipelineError
from pipeline.model.states import ExitCode
from pipeline.source.git import GitCommand, run_git
from pipeline.source.refs import plain
from pipeline.source.url import ALLOWED, address, check_url, shown_url

SECONDS = 30.0
ORIGIN = "origin"
PREFERENCES = (
    ("fetch.prune", "true"),  # branches that are gone from the remote are gone here
    ("pull.ff", "only"),  # a pull makes no merge that nobody asked for
    ("receive.fsckObjects", "true"),  # what is pushed here is checked first
)

_OUR_SCOPE = "command"  # what we hand to git ourselves is not the person's setting


class SetUpRefused(PipelineError):
    """Something is there that is not ours to change; nothing was changed."""

    exit_code = ExitCode.USAGE

    def __init__(self, what: str, *, advice: str) -> None:
        super().__init__(what, production="Nothing was changed.", advice=advice)


@dataclass(frozen=True, kw_only=True)
class Repository:
    """`git_directory` is None where there is no repository yet; `config` is what git would go by, keys in
    lower case but for names in them, the values of each in git's order."""

    directory: Path
    git_directory: Path | None
    config: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    hooks: Path | None = None

    def value(self, key: str) -> str | None:
        """The one that counts: the last."""
        values = self.config.get(key.lower())
        return values[-1] if values else None


@dataclass(frozen=True, kw_only=True)
class Step:
    """One line for the person; without a command it is there already and stays."""

    what: str
    command: GitCommand | None = None


async def look_at(directory: Path) -> Repository:
    """What is there, without changing it. Raises SetUpRefused, GitFailed, OSError."""
    directory = directory.resolve()
    if directory.exists() and not directory.is_dir():
        raise SetUpRefused(f"{directory} is not a directory.", advice="Name the directory of a repository.")
    git_directory = _git_directory(directory)
    if git_directory is None:
        _refuse_inside_another(directory)
        config = await run_git(_listing(None), timeout=SECONDS)
        return Repository(directory=directory, git_directory=None, config=parse_config(config))
    config = await run_git(_listing(git_directory), timeout=SECONDS)
    shared = await run_git(GitCommand(("rev-parse", "--git-common-dir"), git_directory), timeout=SECONDS)
    return Repository(
        directory=directory,
        git_directory=git_directory,
        config=parse_config(config),
        hooks=Path("/") / shared.decode().rstrip("\n") / "hooks",
    )


def init(directory: Path, branch: str, *, bare: bool) -> Step:
    """The first step where there is no repository; the directory has to be there."""
    where = directory if bare else directory / ".git"
    options = ("--bare",) if bare else ()
    command = GitCommand(
        ("init", "--quiet", f"--initial-branch={branch}", *options),
        where,
        env={} if bare else {"GIT_WORK_TREE": str(directory)},
    )
    kind = "a bare repository" if bare else "a repository"
    return Step(what=f"{kind} in {directory}, its first branch {branch}", command=command)


def identity_and_preferences(found: Repository, *, name: str, email: str) -> list[Step]:
    """Each setting where it has no value, neither in the repository nor for the user or the machine."""
    wanted = (("user.name", name), ("user.email", email), *PREFERENCES)
    return [_setting(found, key, value) for key, value in wanted]


def remote(found: Repository, url: str) -> Step:
    """Raises SetUpRefused where `origin` leads elsewhere."""
    there = found.config.get(f"remote.{ORIGIN}.url", ())
    if there == (url,):
        return Step(what=f"remote {ORIGIN} = {shown_url(url)}")
    if there:
        shown = " and ".join(shown_url(one) for one in there)
        raise SetUpRefused(
            f"The remote {ORIGIN} of {found.directory} is {shown}, not {shown_url(url)}.",
            advice=f"Leave --github-url out to keep it, or change it yourself and run this again:"
            f" git -C {quote(str(found.directory))} remote set-url {ORIGIN} {quote(url)}",
        )
    command = GitCommand(("remote", "add", "--", ORIGIN, url), found.git_directory)
    return Step(what=f"remote {ORIGIN} = {shown_url(url)}", command=command)


def check_remote(url: str, key: str) -> str:
    """The URL itself. Raises ConfigurationError; also for one with a password, which git would write down."""
    if address(check_url(url, key=key)).secrets:
        raise ConfigurationError(
            key, f"{shown_url(url)} with a user or password in it", f"{ALLOWED}; without a secret"
        )
    return url


def hooks_of(found: Repository, *, bare: bool) -> Path:
    """The repository's own folder for hooks; `bare` says what kind it becomes where it is still to be made.

    Raises SetUpRefused where git reads hooks from elsewhere, which other repositories may share.
    """
    own = found.hooks or (found.directory if bare else found.directory / ".git") / "hooks"
    elsewhere = found.value("core.hooksPath")
    if elsewhere is not None and Path(elsewhere) != own:
        raise SetUpRefused(
            f"git reads the hooks of {found.directory} from {plain(elsewhere.encode())} (core.hooksPath),"
            " which other repositories may share.",
            advice="Give the repository its own folder for them (after git init where there is none yet):"
            f" git -C {quote(str(found.directory))} config core.hooksPath {quote(str(own))}; then run this"
            " again.",
        )
    return own


def parse_config(listing: bytes) -> dict[str, tuple[str, ...]]:
    """The output of `git config --list -z --show-scope`, without what we hand to git ourselves."""
    fields = listing.decode(errors="replace").split("\0")
    found: dict[str, tuple[str, ...]] = {}
    for scope, entry in zip(fields[::2], fields[1::2], strict=False):
        key, _, value = entry.partition("\n")
        if scope != _OUR_SCOPE:
            found[key] = (*found.get(key, ()), value)
    return found


def _setting(found: Repository, key: str, value: str) -> Step:
    there = found.value(key)
    if there is not None:
        return Step(what=f"{key} = {plain(there.encode())}")
    command = GitCommand(("config", "--local", "--", key, value), found.git_directory)
    return Step(what=f"{key} = {value}", command=command)


def _listing(git_directory: Path | None) -> GitCommand:
    return GitCommand(("config", "--list", "-z", "--show-scope"), git_directory)


def _git_directory(directory: Path) -> Path | None:
    if (directory / ".git").exists():
        return directory / ".git"
    bare = all((directory / name).exists() for name in ("HEAD", "objects", "refs"))
    return directory if bare else None


def _refuse_inside_another(directory: Path) -> None:
    for parent in directory.parents:
        if _git_directory(parent) is not None:
            raise SetUpRefused(
                f"{directory} lies inside the repository {parent}.",
                advice=f"Name {parent}, or a directory outside of it.",
            )
