"""docs/commands.md against the commands that bot and command line take."""

from __future__ import annotations

import re

from bot.cards.help import COMMANDS
from demo.tour.scenes import SCENES
from pipeline.cli.main import main
from tests.unit.docs.pages import ROOT, page, rows, words

PAGE = page("docs/commands.md")


def first_words(section: str) -> list[str]:
    """What stands in backticks at the beginning of each row."""
    return [words(cells[0])[0] for cells in rows(PAGE.section(section)) if cells[0].startswith("`")]


def test_every_chat_command_is_told_and_no_other() -> None:
    told = {word.split()[0] for word in first_words("In the chat") if word.startswith("/")}
    assert told == {"/start", *(f"/{name}" for name in COMMANDS)}


def test_the_readme_names_only_commands_that_exist() -> None:
    told = {
        word.split()[0]
        for cells in rows(page("README.md").section("In the chat"))
        for word in words(cells[0])
    }
    assert told <= {f"/{name}" for name in COMMANDS}


def test_every_command_of_the_command_line_is_told_and_no_other() -> None:
    told = {
        word.split()[3] for word in first_words("On the server") if word.startswith("python -m pipeline ")
    }
    assert told == set(main.commands)


def test_every_scene_is_told() -> None:
    [row] = [cells for cells in rows(PAGE.section("In a clone of the repository")) if "SCENE" in cells[0]]
    assert words(row[1]) == list(SCENES)


def test_the_number_of_scenes_is_told_alike() -> None:
    assert len(SCENES) == 23
    for told in ("README.md", "docs/commands.md", "Makefile"):
        assert re.findall(r"([\w-]+) scenes", page(told).text) == ["twenty-three"], told


def test_every_make_target_that_is_told_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    told = {
        word.split()[1]
        for name in ("README.md", "docs/commands.md")
        for word in re.findall(r"\bmake [a-z-]+", page(name).text)
    }
    assert sorted(told - targets) == []
