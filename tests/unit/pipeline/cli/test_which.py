"""`--project NAME`: where it may stand, and what becomes of it."""

from __future__ import annotations

import os

import click
import pytest
from click.testing import CliRunner

from pipeline.cli.main import main
from pipeline.cli.pushing import alone
from pipeline.cli.running import all_settings, settings
from pipeline.cli.which import PROJECT
from pipeline.settings import BotSettings, WorkerSettings

WITHOUT = {"worker", "migrate", "hand-over"}  # about all of them, or about the controller alone


@click.group()
@PROJECT
def group() -> None:
    pass


@group.command()
@PROJECT
def one() -> None:
    click.echo(f"{settings().project_name} {settings().git_branch}")


@group.command()
@PROJECT
def each() -> None:
    click.echo(" ".join(found.project_name for found in all_settings()))


@pytest.fixture(autouse=True)
def _of_two_projects(monkeypatch: pytest.MonkeyPatch) -> None:
    fields = {field for kind in (BotSettings, WorkerSettings) for field in kind.model_fields}
    for key in list(os.environ):
        if "__" in key or key.lower() in fields:
            monkeypatch.delenv(key)
    for key, value in {
        "DB_PASSWORD": "tr0ub4dor",
        "GIT_URL": "/srv/git/agent.git",
        "PROJECT_NAME": "agent",
        "PROJECTS": "shop",
        "SHOP__GIT_URL": "/srv/git/shop.git",
        "SHOP__GIT_BRANCH": "release",
    }.items():
        monkeypatch.setenv(key, value)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("one", "agent main"),
        ("one --project shop", "shop release"),
        ("--project shop one", "shop release"),
        ("--project shop one --project shop", "shop release"),
        ("one --project=agent", "agent main"),
        ("each", "agent shop"),
        ("each --project shop", "shop"),
    ],
)
def test_whose_settings_a_command_has(words: str, says: str) -> None:
    done = CliRunner().invoke(group, words.split())
    assert (done.exit_code, done.output) == (0, f"{says}\n")


@pytest.mark.parametrize("words", ["one --project sohp", "--project sohp each"])
def test_one_that_there_is_not_is_refused_with_those_that_there_are(words: str) -> None:
    done = CliRunner().invoke(group, words.split())
    assert (done.exit_code, done.stdout) == (64, "")
    assert done.stderr == (
        "--project is 'sohp'; allowed: one of agent, shop. Nothing was started. Correct --project and start"
        " again.\n"
    )


def test_two_names_are_wrong_usage() -> None:
    done = CliRunner().invoke(main, ["--project", "agent", "status", "--project", "shop"])
    assert done.exit_code == 64
    assert done.stderr.splitlines()[-1] == "Error: --project is given twice: agent and shop."


def test_every_command_that_is_about_a_project_takes_it() -> None:
    taking = {name for name, command in main.commands.items() if _takes(command)}
    assert sorted(set(main.commands) - taking) == sorted(WITHOUT)
    assert _takes(alone.commands["hook"])


def _takes(command: click.Command) -> bool:
    return any("--project" in parameter.opts for parameter in command.params)
