"""docs/reliability.md shows every cell of the hand-over, and none that is not there."""

from __future__ import annotations

from pathlib import Path

from tests.chaos.handover.cells import CELLS

DOCS = Path(__file__).parents[3] / "docs" / "reliability.md"
PLAYED, NOT_PLAYED = "+", "o"


def test_the_table_of_the_hand_over_names_each_cell() -> None:
    section = DOCS.read_text().partition("### The controller's own hand-over")[2]
    blocks = section.split("```")[1].strip().split("\n\n")
    shown = {cell for block in blocks for cell in _cells(block)}
    assert shown == {(cell.road, cell.fault, cell.stage) for cell in CELLS}


def _cells(block: str) -> list[tuple[str, str, str]]:
    """Road, fault and stage of each mark; words are two spaces or more apart from marks."""
    head, *rows = block.splitlines()
    width = len(max((_first(line) for line in (head, *rows)), key=len))
    stages = head[width:].split()
    found = []
    for row in rows:
        marks = row[width:].split()
        assert len(marks) == len(stages), row
        assert set(marks) <= {PLAYED, NOT_PLAYED, "."}, row
        found += [(_first(head), _first(row), s) for s, m in zip(stages, marks, strict=True) if m != "."]
    return found


def _first(line: str) -> str:
    return line.partition("  ")[0]
