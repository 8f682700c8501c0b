"""Commands that have to do with pushes: preparing a repository, and what its hook runs."""

from __future__ import annotations

import os

import click

from pipeline.cli.group import HELP, Commands
from pipeline.cli.running import run, told
from pipeline.cli.which import PROJECT, chosen_project, of_the_option


@click.command("setup-git")
@PROJECT
@click.argument("directory", metavar="DIR")
@click.option(
    "--github-url", metavar="URL", help="What the remote origin shall be; an existing other one stays."
)
@click.option("--branch", help="The watched branch; without it that of the settings, else main.")
@click.option("--bare", is_flag=True, help="Where there is no repository yet, make a bare one, to push to.")
@click.option("--command", metavar="WORDS", help="What the hook hands a push to, in place of what is found.")
def setup_git(
    directory: str, github_url: str | None, branch: str | None, bare: bool, command: str | None
) -> None:
    """Make DIR a repository that tells the controller of pushes.

    Sets what is missing and keeps what is there: the repository, user.name and user.email, preferences, the
    remote origin, the post-receive hook, and an ed25519 key of yours. Says each. Run twice, it changes
    nothing. With --project the hook tells of that project. Needs no settings, no journal and no Docker.

    \b
    Example:     vnext setup-git /srv/git/agent --github-url git@github.com:owner/agent.git
    Exit codes:  0 all is there; 3 git, ssh-keygen or the disk refused; 64 wrong usage, or something is in the
                 way that is not ours: then nothing was changed
    """
    from pipeline.cli.setup_git import branch_of, set_up, wanted

    with told():
        project = chosen_project()
        watched = branch if branch is not None else branch_of(project, os.environ)
        run(set_up(wanted(directory, github_url, watched, bare=bare, command=command, project=project)))


@click.command()
@PROJECT
@click.argument("refs", nargs=-1, metavar="[OLD NEW REF]...")
def hook(refs: tuple[str, ...]) -> None:
    """Tell the bot that the watched branch may have moved.

    What git's post-receive hook runs, with three words for each ref: OLD and NEW are full SHAs. The bot then
    looks at the remote at once, and what it finds there decides. Without words it looks in any case.

    \b
    Example:     vnext hook
    Exit codes:  0 told, or another branch was pushed; 3 the journal cannot be reached: the bot's next look
                 finds the push all the same; 64 wrong usage or a wrong setting
    """
    from pipeline.cli.hook import tell, told_where

    with told(), of_the_option():
        run(tell(told_where(os.environ, chosen_project()), refs))


alone = Commands("pipeline", context_settings=HELP)
alone.add_section("Pushes", hook)
