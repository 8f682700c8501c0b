"""`python -m pipeline hook`: a push wakes the look at the remote, and does nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import click

from pipeline.model.states import ExitCode
from pipeline.of_project import key_of
from pipeline.source.hook import read_moved
from pipeline.source.refs import is_branch
from pipeline.store.connect import Address, JournalUnreachable
from pipeline.store.remote_moved import tell_remote_moved

_LONGEST_NAME = 63
_LONGEST_BRANCH = 200
_PORTS = range(1, 65536)


@dataclass(frozen=True, kw_only=True)
class Where:
    """What the hook has to know: the watched branch, and where the bot listens."""

    branch: str
    journal: Address


def told_where(environment: Mapping[str, str], project: str | None = None) -> Where:
    """From the settings of the project, or of the first one. Raises ConfigurationError for a wrong one.

    All settings together take most of a second to read, in which the push waits for its prompt: where the
    few that count here are plainly right, they are taken as they stand.
    """
    if (found := plainly(environment, project)) is not None:
        return found
    from pipeline.reading import read
    from pipeline.settings import JournalSettings

    settings = read(JournalSettings, project)
    return Where(branch=settings.git_branch, journal=settings.journal)


def plainly(environment: Mapping[str, str], project: str | None = None) -> Where | None:
    """None where a value is missing or takes a closer look. The defaults are those of JournalSettings."""
    given = {key.upper(): value for key, value in environment.items() if value}
    password = given.get("DB_PASSWORD")
    if project is not None and project not in _others(given):
        return None
    branch = given.get(key_of(project, "GIT_BRANCH") if project else "GIT_BRANCH", "main")
    port = given.get("DB_PORT", "5432")
    user = given.get("DB_USER", "agent")
    database = given.get("PIPELINE_DB_NAME", "pipeline")
    if password is None or len(branch) > _LONGEST_BRANCH or not is_branch(branch):
        return None
    if not (port.isascii() and port.isdecimal()) or int(port) not in _PORTS:
        return None
    if max(len(user), len(database)) > _LONGEST_NAME:
        return None
    host = given.get("DB_HOST", "postgres")
    journal = Address(host=host, port=int(port), user=user, password=password, database=database)
    return Where(branch=branch, journal=journal)


def _others(given: Mapping[str, str]) -> list[str]:
    """The projects beside the first one, as far as that is plain."""
    return [name.strip() for name in given.get("PROJECTS", "").split(",")]


async def tell(where: Where, words: Sequence[str]) -> ExitCode | None:
    """Raises ConfigurationError for words that git never gives to a hook."""
    moved = read_moved(words)
    watched = f"refs/heads/{where.branch}"
    if moved and all(one.ref != watched for one in moved):
        click.echo(f"{where.branch} is watched, and it was not pushed: nothing to do.")
        return None
    try:
        await tell_remote_moved(where.journal)
    except JournalUnreachable as error:
        click.echo(
            f"{error.what} The push is not lost: the bot finds it when it looks at the remote next, at the"
            " latest after GIT_POLL_SECONDS.",
            err=True,
        )
        return error.exit_code
    click.echo("The bot is told to look at the remote now.")
    return None
