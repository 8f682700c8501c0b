"""What setup-git is asked for, before it looks at anything."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pipeline.cli.setup_git import branch_of, hand_over, wanted
from pipeline.model.errors import ConfigurationError

DIRECT = (sys.executable, "-m", "pipeline", "hook")


def test_the_hook_goes_through_the_workers_container_where_the_stack_is(tmp_path: Path) -> None:
    installation, other = tmp_path / "installation", tmp_path / "other"
    installation.mkdir()
    other.mkdir()
    assert hand_over(other, other) == DIRECT
    (installation / "docker-compose-vnext.yml").touch()
    through = (
        *("docker", "compose", "-f", f"{installation}/docker-compose-vnext.yml"),
        *("exec", "-T", "worker", "python", "-m", "pipeline", "hook"),
    )
    assert hand_over(installation, other) == through
    assert hand_over(other, installation) == through


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("sudo -n /usr/local/bin/vnext-hook", ("sudo", "-n", "/usr/local/bin/vnext-hook")),
        ("run 'a b' \"$HOME\"", ("run", "a b", "$HOME")),
    ],
)
def test_another_command_is_read_as_words_and_not_as_shell(command: str, words: tuple[str, ...]) -> None:
    assert wanted("/srv/a", None, "main", bare=False, command=command).command == words


def test_the_directory_is_taken_from_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert wanted("-n/../b", None, "main", bare=True, command="run").directory == tmp_path / "b"


def test_the_hook_of_another_project_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = wanted(str(tmp_path), None, "main", bare=False, command=None, project="my-shop")
    assert found.command == (*DIRECT, "--project", "my-shop")
    found = wanted(str(tmp_path), None, "main", bare=False, command="run", project="my-shop")
    assert found.command == ("run",)


def test_the_branch_is_that_of_the_project() -> None:
    environment = {"GIT_BRANCH": "release", "MY_SHOP__GIT_BRANCH": "trunk", "WIKI__GIT_BRANCH": ""}
    branches = [branch_of(project, environment) for project in (None, "my-shop", "wiki", "other")]
    assert branches == ["release", "trunk", "main", "main"]


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"url": "--help"}, "--github-url"),
        ({"branch": "-n"}, "--branch"),
        ({"branch": "a..b"}, "--branch"),
        ({"command": ""}, "--command"),
        ({"command": "run 'a"}, "--command"),
        ({"project": "Shop"}, "--project"),
        ({"project": "$(reboot)"}, "--project"),
    ],
)
def test_what_cannot_be_used_is_named(changes: dict[str, str], key: str) -> None:
    values: dict[str, str | None] = {"url": None, "branch": "main", "command": None, **changes}
    with pytest.raises(ConfigurationError) as caught:
        wanted(
            "/srv/a",
            values["url"],
            values["branch"] or "",
            bare=False,
            command=values["command"],
            project=values.get("project"),
        )
    assert caught.value.key == key
