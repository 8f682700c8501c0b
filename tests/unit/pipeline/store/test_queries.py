"""The SQL files: every block is there, told about, and used."""

import re
from importlib.resources import files
from pathlib import Path

import pytest

import pipeline.store
from pipeline.store.queries import load

SQL = files(pipeline.store) / "sql"
NAMES = sorted(Path(entry.name).stem for entry in SQL.iterdir() if entry.name.endswith(".sql"))
CODE = "\n".join(path.read_text() for path in Path(pipeline.__path__[0]).rglob("*.py"))


def test_the_files() -> None:
    assert NAMES == [
        "alerts",
        "amcheck",
        "approvals",
        "audit",
        "belonging",
        "chat",
        "copies",
        "crossing",
        "deliveries",
        "digests",
        "executors",
        "figures",
        "forge",
        "gauges",
        "hand_overs",
        "history",
        "inquiries",
        "local",
        "logs",
        "manifest",
        "mutes",
        "pauses",
        "people",
        "probations",
        "processes",
        "pushes",
        "questions",
        "releases",
        "ringing",
        "runs",
        "schedules",
        "schema",
        "throwaway",
        "told",
        "turn",
    ]


@pytest.mark.parametrize("name", NAMES)
def test_a_block_is_one_statement_that_tells_its_parameters(name: str) -> None:
    blocks = load(name)
    assert list(blocks), name
    for block, text in blocks.items():
        comment = " ".join(line for line in text.splitlines() if line.startswith("--"))
        statement = "\n".join(line for line in text.splitlines() if not line.startswith("--")).strip()
        used = {int(number) for number in re.findall(r"\$(\d+)", statement)}
        assert used == set(range(1, len(used) + 1)), block
        assert {int(number) for number in re.findall(r"\$(\d+)", comment)} == used, block
        assert statement.endswith(";"), block
        assert statement.count(";") == 1, block


@pytest.mark.parametrize("name", NAMES)
def test_every_block_is_used(name: str) -> None:
    unused = [block for block in load(name) if f'"{block}"' not in CODE]
    assert unused == []


def test_every_block_that_is_used_is_there() -> None:
    for path in Path(pipeline.__path__[0]).rglob("*.py"):
        text = path.read_text()
        if loaded := re.search(r'^_SQL = load\("(\w+)"\)$', text, re.MULTILINE):
            assert set(re.findall(r'_SQL\["(\w+)"\]', text)) <= set(load(loaded[1])), path.name


def test_a_file_is_read_once() -> None:
    assert load("runs") is load("runs")


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(FileNotFoundError):
        load("nothing")
