"""`python -m pipeline setup-git`: a repository ready to be pushed to, and a hook that tells of it."""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import os
import platform
import re
import shlex
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import click

from pipeline.model.errors import ConfigurationError, PipelineError
from pipeline.model.states import ExitCode
from pipeline.of_project import NAME_OF_A_PROJECT, key_of
from pipeline.source import is_branch
from pipeline.source.clone import (
    SetUpRefused,
    Step,
    check_remote,
    hooks_of,
    identity_and_preferences,
    init,
    look_at,
    remote,
)
from pipeline.source.git import run_git
from pipeline.source.hook import ASIDE, NAME, HookThere, install_hook, look_at_hook, rendered
from pipeline.source.ssh_key import Key, look_at_key, make_key, ssh_host

SECONDS = 30.0
USER_NAME = "vnext"
COMPOSE_FILE = "docker-compose-vnext.yml"
_HOOK = ("python", "-m", "pipeline", "hook")


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """`command` is what the hook hands a push to; the words of each ref are added to it."""

    directory: Path
    url: str | None
    branch: str
    bare: bool
    command: tuple[str, ...]


def branch_of(project: str | None, environment: Mapping[str, str]) -> str:
    """The watched branch as the environment names it, if it does."""
    return environment.get(key_of(project, "GIT_BRANCH") if project else "GIT_BRANCH") or "main"


def wanted(
    directory: str,
    url: str | None,
    branch: str,
    *,
    bare: bool,
    command: str | None,
    project: str | None = None,
) -> Wanted:
    """Raises ConfigurationError for what cannot be used, before anything is looked at."""
    if not is_branch(branch):
        raise ConfigurationError("--branch", repr(branch), "the name of a branch as git accepts it")
    if project is not None and not re.fullmatch(NAME_OF_A_PROJECT, project):
        allowed = "lower-case letters, digits, '-', '_' and '.', at most 63"
        raise ConfigurationError("--project", repr(project), allowed)
    of_project = ("--project", project) if project else ()
    path = Path(os.path.abspath(directory))  # noqa: PTH100 - Path.absolute keeps the dots
    return Wanted(
        directory=path,
        url=None if url is None else check_remote(url, "--github-url"),
        branch=branch,
        bare=bare,
        command=(*hand_over(path, Path.cwd()), *of_project) if command is None else _words(command),
    )


def hand_over(directory: Path, here: Path) -> tuple[str, ...]:
    """Into the worker's container where the stack's compose file lies in one of the two; else directly."""
    for place in (directory, here):
        if (file := place / COMPOSE_FILE).is_file():
            return ("docker", "compose", "-f", str(file), "exec", "-T", "worker", *_HOOK)
    return (sys.executable, *_HOOK[1:])


async def set_up(wanted: Wanted) -> ExitCode | None:
    """Says what was set and what was kept. Raises PipelineError; SetUpRefused where nothing was changed."""
    try:
        with _disk(wanted.directory):
            await _set_up(wanted)
    except asyncio.CancelledError:
        click.echo("Stopped half-way. Run it again: what is done is kept.", err=True)
        return ExitCode.DEPLOY_FAILED
    return None


async def _set_up(wanted: Wanted) -> None:
    found = await look_at(wanted.directory)
    hooks = hooks_of(found, bare=wanted.bare)
    if found.git_directory and wanted.url is not None:
        remote(found, wanted.url)
    hook = look_at_hook(hooks)
    _refuse_second_foreign(hook, hooks)
    key = look_at_key(Path.home())

    told = _Told()
    if found.git_directory is None:
        found.directory.mkdir(parents=True, exist_ok=True)
        await told.step(init(found.directory, wanted.branch, bare=wanted.bare))
        found = await look_at(wanted.directory)
    else:
        told.kept(f"the repository {found.directory}")
    for step in identity_and_preferences(found, name=USER_NAME, email=f"{USER_NAME}@{platform.node()}"):
        await told.step(step)
    if wanted.url is not None:
        await told.step(remote(found, wanted.url))
    _hook(told, hook, hooks, rendered(wanted.branch, wanted.command))
    if key is None:
        key = await make_key(Path.home(), f"{_user()}@{platform.node()}")
        told.set(f"the ssh key {key.path}, without a passphrase")
    else:
        told.kept(f"the ssh key {key.path}")
    told.end()
    _say_what_is_left(wanted, key, bare=found.value("core.bare") == "true")


class _Told:
    """One line for each thing, as it is done."""

    def __init__(self) -> None:
        self._changes = 0

    async def step(self, step: Step) -> None:
        if step.command is None:
            self.kept(step.what)
        else:
            await run_git(step.command, timeout=SECONDS)
            self.set(step.what)

    def set(self, what: str) -> None:
        self._changes += 1
        click.echo(f"set   {what}")

    def kept(self, what: str) -> None:
        click.echo(f"kept  {what}")

    def end(self) -> None:
        click.echo(
            f"{self._changes} set." if self._changes else "Everything was there already: nothing changed."
        )


def _hook(told: _Told, there: HookThere, hooks: Path, text: str) -> None:
    if there.ours and there.text == text and there.executable:
        told.kept(f"the hook {hooks / NAME}")
        return
    foreign = there.text is not None and not there.ours
    install_hook(hooks, text, keep_aside=foreign)
    if foreign:
        runs = "runs after it" if there.executable else "was not executable, and stays so"
        told.set(f"the hook {hooks / NAME}; the one that was there is {ASIDE} now and {runs}")
    else:
        told.set(f"the hook {hooks / NAME}")


def _refuse_second_foreign(there: HookThere, hooks: Path) -> None:
    if there.text is not None and not there.ours and there.aside:
        raise SetUpRefused(
            f"{hooks / NAME} is a hook of other hands, and {hooks / ASIDE} is there already.",
            advice="Join the two into one of them and remove the other, then run this again.",
        )


def _say_what_is_left(wanted: Wanted, key: Key, *, bare: bool) -> None:
    click.echo(f"A push to {wanted.branch} is handed to: {shlex.join(wanted.command)}")
    if not bare:
        click.echo(
            "git refuses a push to the branch that is checked out here. To push to this server, use a bare"
            " repository (--bare)."
        )
    if key.public:
        click.echo(f"Public key, for the deploy keys or ssh keys of your git host:\n{key.public}")
    else:
        click.echo(f"The public key is missing; this shows it: ssh-keygen -y -f {shlex.quote(str(key.path))}")
    if key.open_to_others:
        click.echo(f"ssh refuses a key that others may read: chmod 600 {shlex.quote(str(key.path))}")
    if wanted.url and (host := ssh_host(wanted.url)):
        click.echo(
            "known_hosts is left as it is. Before the first fetch, compare what this shows with what the host"
            " publishes, then add the line of ssh-keyscan to ~/.ssh/known_hosts:"
            f"\nssh-keyscan -t ed25519 {shlex.quote(host)} | ssh-keygen -lf -"
        )


def _words(command: str) -> tuple[str, ...]:
    try:
        words = tuple(shlex.split(command))
    except ValueError as error:
        raise ConfigurationError(
            "--command", repr(command), f"words as a shell reads them ({error})"
        ) from None
    if not words:
        raise ConfigurationError("--command", "empty", "a program and its arguments")
    return words


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


@contextlib.contextmanager
def _disk(directory: Path) -> Iterator[None]:
    """What the disk refuses, said so."""
    try:
        yield
    except OSError as error:
        raise PipelineError(
            f"{error.filename or directory} cannot be used: {error.strerror or error}.",
            production="Production was not touched.",
            advice="See to its owner and rights, then run this again: what is done is kept.",
        ) from error
