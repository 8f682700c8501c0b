"""The variables of the compose file: all have defaults, and the worker is handed every one of them."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
COMPOSE = (ROOT / "docker-compose-vnext.yml").read_text(encoding="utf-8")
EXAMPLE = (ROOT / ".env.vnext.example").read_text(encoding="utf-8")
VARIABLE = re.compile(r"(?<!\$)\$\{([A-Z_]+)([^}]*)\}")


def defaults() -> dict[str, set[str]]:
    """Each variable of the compose file with what follows its name."""
    found: dict[str, set[str]] = {}
    for name, rest in VARIABLE.findall(COMPOSE):
        found.setdefault(name, set()).add(rest)
    return found


def block(service: str) -> str:
    """The lines of one service."""
    match = re.search(rf"^  {service}:\n((?:    .*\n|\n)+)", COMPOSE, re.MULTILINE)
    assert match is not None
    return match[1]


def test_each_variable_has_one_default() -> None:
    assert {name: rests for name, rests in defaults().items() if len(rests) != 1} == {}
    assert {name for name, (rest,) in defaults().items() if not re.fullmatch(":-.+", rest)} == set()


def test_the_worker_is_handed_each_variable_with_its_default() -> None:
    handed = re.findall(r"^      ([A-Z_]+): \$\{([A-Z_]+)(:-.+)\}$", block("worker"), re.MULTILINE)

    assert all(name == of for name, of, _ in handed)
    assert {name: {rest} for name, _, rest in handed} == defaults()


def test_the_example_names_each_variable_with_its_default() -> None:
    told = re.findall(r"^# ([A-Z_]+)=(\S+)", EXAMPLE, re.MULTILINE)

    assert {name: {f":-{value}"} for name, value in told} == defaults()


def test_only_the_worker_has_the_docker_socket() -> None:
    assert COMPOSE.count("/var/run/docker.sock:/var/run/docker.sock") == 1
    assert "/var/run/docker.sock:/var/run/docker.sock" in block("worker")
