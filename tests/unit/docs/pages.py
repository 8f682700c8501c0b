"""The documentation as data: its pages, tables, fenced blocks, headings and links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
_FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_CODE = re.compile(r"`([^`]+)`")
_HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Page:
    path: Path
    text: str

    @property
    def prose(self) -> str:
        """The text without its fenced blocks."""
        return _FENCE.sub("", self.text)

    @property
    def links(self) -> list[str]:
        return _LINK.findall(self.prose)

    @property
    def anchors(self) -> set[str]:
        """Headings as the anchors that a forge makes of them."""
        return {_anchor(title) for _, title in _HEADING.findall(self.prose)}

    def blocks(self, language: str) -> list[str]:
        return [body for found, body in _FENCE.findall(self.text) if found == language]

    def section(self, title: str) -> str:
        """What stands below a heading, subheadings included."""
        lines = self.text.splitlines()
        start = next(i for i, line in enumerate(lines) if re.fullmatch(rf"#+ {re.escape(title)}", line))
        depth = len(lines[start]) - len(lines[start].lstrip("#"))
        for end in range(start + 1, len(lines)):
            heading = re.match(r"(#+) ", lines[end])
            if heading and len(heading[1]) <= depth:
                return "\n".join(lines[start:end])
        return "\n".join(lines[start:])


def page(name: str) -> Page:
    path = ROOT / name
    return Page(path, path.read_text())


def pages() -> Iterator[Page]:
    """README, CHANGELOG and everything below docs."""
    for path in (ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))):
        yield Page(path, path.read_text())


def rows(text: str) -> list[list[str]]:
    """The body rows of all tables in a text, as lists of cells."""
    found = []
    for line in text.splitlines():
        if line.startswith("|"):
            cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            found.append(cells)
    rules = [i for i, cells in enumerate(found) if all(re.fullmatch(r"-+", cell) for cell in cells)]
    skipped = {*rules, *(i - 1 for i in rules)}
    return [cells for i, cells in enumerate(found) if i not in skipped]


def words(cell: str) -> list[str]:
    """What stands in backticks."""
    return _CODE.findall(cell)


def _anchor(title: str) -> str:
    kept = re.sub(r"[^\w\- ]", "", title.replace("`", "").lower())
    return kept.replace(" ", "-")
