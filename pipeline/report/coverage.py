"""Coverage in Cobertura's XML, of one suite or of several together."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from pipeline.report.junit import parse

_BRANCHES = re.compile(r"\((\d+)/(\d+)\)")

Line = tuple[str, int]


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """`total` is the share of lines and branches together, in percent, rounded down to a tenth.

    `lines` says of each line, by file and number, whether it was hit, how many of its branches, and how many
    it has; empty where the report tells totals alone.
    """

    total: float
    lines: dict[Line, tuple[bool, int, int]]


def read_coverage(data: bytes) -> Coverage:
    """Raises ParseError, ValueError."""
    root = parse(data)
    lines = {}
    for found in root.iter("class"):
        for line in found.iterfind("lines/line"):
            branches = _BRANCHES.search(line.get("condition-coverage", ""))
            taken, there = (int(branches[1]), int(branches[2])) if branches else (0, 0)
            key = (found.get("filename", ""), int(line.get("number", 0)))
            lines[key] = (int(line.get("hits", 0)) > 0, taken, there)
    return Coverage(total=_total(root), lines=lines)


def combined(found: Sequence[Coverage]) -> float | None:
    """Of several suites together: a line counts as covered when any of them hit it.

    Of a line's branches as many count as the one suite took that took most, for which ones it took is not
    told: so the figure is never too high. Where a report tells totals alone, the highest total counts.
    """
    if len(found) < 2 or not all(one.lines for one in found):
        return max((one.total for one in found), default=None)
    union: dict[Line, tuple[bool, int, int]] = {}
    for one in found:
        for key, (hit, taken, there) in one.lines.items():
            before = union.get(key, (False, 0, 0))
            union[key] = (before[0] or hit, max(before[1], taken), max(before[2], there))
    valid = len(union) + sum(there for _, _, there in union.values())
    covered = sum(hit + taken for hit, taken, _ in union.values())
    return _tenths(covered, valid)


def _total(root: Element) -> float:
    valid = int(root.get("lines-valid", 0)) + int(root.get("branches-valid", 0))
    covered = int(root.get("lines-covered", 0)) + int(root.get("branches-covered", 0))
    if valid == 0:
        return math.floor(round(float(root.get("line-rate", 0)) * 1000, 6)) / 10
    return _tenths(covered, valid)


def _tenths(covered: int, valid: int) -> float:
    return covered * 1000 // valid / 10
