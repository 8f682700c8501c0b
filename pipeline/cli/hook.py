"""`python -m pipeline hook`: a push wakes the look at the remote, and does nothing else."""

from __future__ import annotations

from collections.abc import Sequence

import click

from pipeline.model.states import ExitCode
from pipeline.settings import JournalSettings
from pipeline.source.hook import read_moved
from pipeline.store.connect import JournalUnreachable
from pipeline.store.listen import tell_remote_moved


async def tell(settings: JournalSettings, words: Sequence[str]) -> ExitCode | None:
    """Raises ConfigurationError for words that git never gives to a hook."""
    moved = read_moved(words)
    watched = f"refs/heads/{settings.git_branch}"
    if moved and all(one.ref != watched for one in moved):
        click.echo(f"{settings.git_branch} is watched, and it was not pushed: nothing to do.")
        return None
    try:
        await tell_remote_moved(settings.journal)
    except JournalUnreachable as error:
        click.echo(
            f"{error.what} The push is not lost: the bot finds it when it looks at the remote next, at the"
            " latest after GIT_POLL_SECONDS.",
            err=True,
        )
        return error.exit_code
    click.echo("The bot is told to look at the remote now.")
    return None
