"""Setting a repository up as a table: what is there, and the git commands to what is wanted."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.model.errors import ConfigurationError
from pipeline.source.clone import (
    Repository,
    SetUpRefused,
    Step,
    check_remote,
    hooks_of,
    identity_and_preferences,
    init,
    parse_config,
    remote,
)

DIRECTORY = Path("/srv/agent")
GIT = DIRECTORY / ".git"
HOOKS = GIT / "hooks"
URL = "git@github.com:owner/agent.git"


def found(**config: str) -> Repository:
    values = {key.replace("__", "."): (value,) for key, value in config.items()}
    return Repository(directory=DIRECTORY, git_directory=GIT, config=values, hooks=HOOKS)


def arguments(step: Step) -> tuple[str, ...] | None:
    return step.command and step.command.arguments


def test_a_listing_of_git_is_read_without_what_we_said_ourselves() -> None:
    listing = (
        b"system\0core.editor\nvi\0global\0user.name\nAda\nLovelace\0local\0user.name\nAgent\0"
        b"local\0core.bare\0command\0core.hookspath\n/dev/null\0"
    )
    assert parse_config(listing) == {
        "core.editor": ("vi",),
        "user.name": ("Ada\nLovelace", "Agent"),
        "core.bare": ("",),
    }


def test_an_empty_listing() -> None:
    assert parse_config(b"") == {}


def test_everything_is_set_where_nothing_is() -> None:
    steps = identity_and_preferences(found(), name="vnext", email="vnext@host")
    assert [(step.what, arguments(step)) for step in steps] == [
        ("user.name = vnext", ("config", "--local", "--", "user.name", "vnext")),
        ("user.email = vnext@host", ("config", "--local", "--", "user.email", "vnext@host")),
        ("fetch.prune = true", ("config", "--local", "--", "fetch.prune", "true")),
        ("pull.ff = only", ("config", "--local", "--", "pull.ff", "only")),
        ("receive.fsckObjects = true", ("config", "--local", "--", "receive.fsckObjects", "true")),
    ]
    assert {step.command.directory for step in steps if step.command} == {GIT}


def test_what_has_a_value_is_kept_and_shown_as_one_line() -> None:
    there = found(user__name="Ada\x1b[1m\nL", user__email="", receive__fsckobjects="false")
    steps = identity_and_preferences(there, name="vnext", email="vnext@host")
    assert [step.what for step in steps if step.command is None] == [
        "user.name = Ada [1m L",
        "user.email = ",
        "receive.fsckObjects = false",
    ]


def test_a_repository_is_made_where_it_was_named() -> None:
    plain, bare = (init(DIRECTORY, "main", bare=kind).command for kind in (False, True))
    assert plain is not None
    assert bare is not None
    assert plain.arguments == ("init", "--quiet", "--initial-branch=main")
    assert (plain.directory, dict(plain.env)) == (GIT, {"GIT_WORK_TREE": "/srv/agent"})
    assert bare.arguments == ("init", "--quiet", "--initial-branch=main", "--bare")
    assert (bare.directory, dict(bare.env)) == (DIRECTORY, {})


def test_a_remote_is_added_once() -> None:
    assert arguments(remote(found(), URL)) == ("remote", "add", "--", "origin", URL)
    assert remote(found(remote__origin__url=URL), URL) == Step(what=f"remote origin = {URL}")


def test_another_remote_is_not_overwritten() -> None:
    there = found(remote__origin__url="https://me:hunter2@example.org/other.git")
    with pytest.raises(SetUpRefused) as caught:
        remote(there, URL)
    assert str(caught.value) == (
        f"The remote origin of /srv/agent is https://example.org/other.git, not {URL}."
        " Nothing was changed."
        " Leave --github-url out to keep it, or change it yourself and run this again:"
        " git -C /srv/agent remote set-url origin git@github.com:owner/agent.git"
    )
    assert caught.value.exit_code == 64


@pytest.mark.parametrize(
    "url", [URL, "https://github.com/owner/agent.git", "ssh://git@example.org:2222/a.git", "/srv/a.git"]
)
def test_addresses_without_a_secret_are_taken(url: str) -> None:
    assert check_remote(url, "--github-url") == url


@pytest.mark.parametrize(
    "url",
    [
        "https://token@github.com/owner/agent.git",
        "https://me:hunter2@github.com/owner/agent.git",
        "--upload-pack=reboot",
        "ext::sh -c reboot",
        "../agent.git",
        "",
    ],
)
def test_addresses_with_a_secret_or_of_no_place_are_refused(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        check_remote(url, "--github-url")
    assert caught.value.key == "--github-url"
    assert "hunter2" not in str(caught.value)
    assert "token@" not in str(caught.value)


@pytest.mark.parametrize(("bare", "hooks"), [(False, "/srv/agent/.git/hooks"), (True, "/srv/agent/hooks")])
def test_where_the_hooks_of_a_new_repository_will_be(bare: bool, hooks: str) -> None:
    there = Repository(directory=DIRECTORY, git_directory=None)
    assert hooks_of(there, bare=bare) == Path(hooks)


def test_hooks_from_elsewhere_are_refused_and_the_own_ones_are_not() -> None:
    assert hooks_of(found(core__hookspath=str(HOOKS)), bare=False) == HOOKS
    with pytest.raises(SetUpRefused) as caught:
        hooks_of(found(core__hookspath="/etc/hooks"), bare=False)
    assert "from /etc/hooks (core.hooksPath)" in caught.value.what
    assert "git -C /srv/agent config core.hooksPath /srv/agent/.git/hooks" in caught.value.advice
