"""What the git hook reads of the settings: as much as it needs, and all where that is not plainly right."""

from __future__ import annotations

import subprocess
import sys

import pytest

from pipeline.cli.hook import Where, plainly, told_where
from pipeline.model.errors import ConfigurationError
from pipeline.of_project import NoSuchProject
from pipeline.reading import read
from pipeline.settings import JournalSettings
from pipeline.store.connect import Address

REQUIRED = {"DB_PASSWORD": "tr0ub4dor", "GIT_URL": "/srv/git/agent.git"}
CHANGED = {
    "DB_HOST": "db.example.org",
    "DB_PORT": "6543",
    "DB_USER": "writer",
    "PIPELINE_DB_NAME": "journal",
    "GIT_BRANCH": "release/one",
}


@pytest.mark.parametrize(
    "environment",
    [
        REQUIRED,
        REQUIRED | CHANGED,
        REQUIRED | dict.fromkeys(CHANGED, ""),
        REQUIRED | {key.lower(): value for key, value in CHANGED.items()},
    ],
)
def test_what_is_taken_as_it_stands_is_what_the_settings_say(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for key in CHANGED:
        monkeypatch.delenv(key, raising=False)
    for key, value in environment.items():
        monkeypatch.setenv(key, value)
    settings = read(JournalSettings)
    assert plainly(environment) == Where(branch=settings.git_branch, journal=settings.journal)


@pytest.mark.parametrize(
    ("wrong", "key"),
    [
        ({"DB_PASSWORD": ""}, "DB_PASSWORD"),
        ({"DB_PORT": "0"}, "DB_PORT"),
        ({"DB_PORT": "many"}, "DB_PORT"),
        ({"DB_PORT": "²"}, "DB_PORT"),
        ({"DB_USER": "u" * 64}, "DB_USER"),
        ({"PIPELINE_DB_NAME": "n" * 64}, "PIPELINE_DB_NAME"),
        ({"GIT_BRANCH": "-x"}, "GIT_BRANCH"),
        ({"GIT_BRANCH": "b" * 201}, "GIT_BRANCH"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(
    wrong: dict[str, str], key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = REQUIRED | wrong
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match=key):
        told_where(environment)


def test_a_port_that_is_right_at_a_closer_look_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    environment = REQUIRED | {"DB_PORT": " 6543 ", "DB_HOST": "db"}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert plainly(environment) is None
    journal = Address(host="db", port=6543, user="agent", password="tr0ub4dor", database="pipeline")
    assert told_where(environment).journal == journal


@pytest.mark.parametrize(("name", "branch"), [("my-shop", "trunk"), ("wiki", "main"), ("agent", "release")])
def test_the_branch_of_another_project(name: str, branch: str, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = REQUIRED | {
        "PROJECT_NAME": "agent",
        "PROJECTS": "my-shop, wiki",
        "GIT_BRANCH": "release",
        "MY_SHOP__GIT_URL": "/srv/git/shop.git",
        "MY_SHOP__GIT_BRANCH": "trunk",
        "WIKI__GIT_URL": "/srv/git/wiki.git",
    }
    for key, value in environment.items():
        monkeypatch.setenv(key, value)
    assert told_where(environment, name).branch == branch
    assert (plainly(environment, name) is None) == (name == "agent")  # which only PROJECT_NAME tells
    with pytest.raises(NoSuchProject, match="one of agent, my-shop, wiki"):
        told_where(environment, "shop")


def _hook(*words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    code = (
        "import atexit, runpy, sys\n"
        "atexit.register(lambda: print('loaded', *sys.modules))\n"
        f"sys.argv[1:] = {['hook', *words]!r}\n"
        "runpy.run_module('pipeline', run_name='__main__')"
    )
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=settings, check=False
    )


def test_it_begins_without_what_it_does_not_need() -> None:
    settings = {"DB_PASSWORD": "tr0ub4dor", "DB_HOST": "127.0.0.1", "DB_PORT": "1"}
    done = _hook(**settings)
    assert done.returncode == 3, done.stderr
    assert "The push is not lost" in done.stderr
    loaded = done.stdout.split()
    assert "asyncpg" in loaded
    assert {"git", "httpx", "pydantic", "pydantic_settings", "structlog", "pipeline.cli.main"}.isdisjoint(
        loaded
    )


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["--nonsense"], 64, "No such option"),
        (["one"], 64, "three words for each ref"),
        (["-h"], 0, "Tell the bot that the watched branch may have moved"),
    ],
)
def test_alone_it_answers_as_beside_the_other_commands(words: list[str], code: int, says: str) -> None:
    done = _hook(*words, DB_PASSWORD="tr0ub4dor")
    assert done.returncode == code
    assert says in done.stdout + done.stderr
