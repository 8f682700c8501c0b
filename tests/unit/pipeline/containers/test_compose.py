"""Compose command lines and overrides, whole."""

from pathlib import Path

import pytest

from pipeline.containers.compose import Compose, pin, pin_one_off
from pipeline.process import Command

COMPOSE = Compose(program=("docker", "compose"), project="agent", directory=Path("/srv/agent"))
ALONE = Compose(program=("/opt/bin/docker-compose",), project="agent", directory=Path("/srv/agent"))
FILES = [Path("/state/releases/agent/run-7/compose.yml"), Path("/tmp/vnext-1/pins.json")]
LABELS = {"deployment.run": "7", "deployment.project": "agent"}
HEAD = "docker compose --project-name agent --project-directory /srv/agent"
BOTH = "-f /state/releases/agent/run-7/compose.yml -f /tmp/vnext-1/pins.json"


@pytest.mark.parametrize(
    ("command", "line"),
    [
        (COMPOSE.config(FILES), f"{HEAD} {BOTH} config --format json"),
        (
            COMPOSE.config(FILES[:1]),
            f"{HEAD} -f /state/releases/agent/run-7/compose.yml config --format json",
        ),
        (
            COMPOSE.up(FILES, ["app", "helper"]),
            f"{HEAD} {BOTH} up --detach --no-build --no-deps --pull never --quiet-pull -- app helper",
        ),
        (
            COMPOSE.one_off(FILES, "app", "run-7-migrate", ["alembic", "upgrade", "head"], LABELS),
            f"{HEAD} {BOTH} run --detach --no-deps --no-TTY --name run-7-migrate"
            " --label deployment.project=agent --label deployment.run=7 -- app alembic upgrade head",
        ),
        (
            COMPOSE.answer(FILES, "app", "run-7-revision-0a1b2c", ["alembic", "current"], LABELS),
            f"{HEAD} {BOTH} run --rm --no-deps --no-TTY --name run-7-revision-0a1b2c"
            " --label deployment.project=agent --label deployment.run=7 -- app alembic current",
        ),
        (
            COMPOSE.pull(FILES[:1], "helper"),
            f"{HEAD} -f /state/releases/agent/run-7/compose.yml pull --quiet -- helper",
        ),
        (
            ALONE.pull(FILES[:1], "helper"),
            "/opt/bin/docker-compose --project-name agent --project-directory /srv/agent"
            " -f /state/releases/agent/run-7/compose.yml pull --quiet -- helper",
        ),
    ],
)
def test_the_whole_command_line(command: Command, line: str) -> None:
    assert command == Command(argv=tuple(line.split(" ")))


def test_a_word_of_the_users_stays_one_word() -> None:
    command = COMPOSE.one_off(FILES, "app", "run-7-migrate", ["sh", "-c", "migrate && echo done"], {})
    assert command.argv[-5:] == ("--", "app", "sh", "-c", "migrate && echo done")


def test_an_override_pins_each_service() -> None:
    assert pin({"worker": "agent:4f2a-r5", "app": "agent:4f2a-r5"}) == (
        """\
{
  "services": {
    "app": {
      "image": "agent:4f2a-r5",
      "pull_policy": "never"
    },
    "worker": {
      "image": "agent:4f2a-r5",
      "pull_policy": "never"
    }
  }
}"""
    )
    assert pin({}) == '{\n  "services": {}\n}'


def test_an_override_for_a_one_off_container() -> None:
    assert pin_one_off("app", "sha256:a1") == (
        """\
{
  "services": {
    "app": {
      "image": "sha256:a1",
      "pull_policy": "never",
      "restart": "no",
      "healthcheck": {
        "disable": true
      }
    }
  }
}"""
    )
