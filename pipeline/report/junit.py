"""Test reports: JUnit XML and Cobertura coverage XML, from the application's own tests."""

from __future__ import annotations

import math
from dataclasses import dataclass
from xml.etree import ElementTree


@dataclass(frozen=True)
class Suite:
    tests: int
    failures: list[str]


def _parse(data: bytes) -> ElementTree.Element:
    """Refuses entity declarations, which can grow without bound. Raises ParseError, ValueError."""
    if b"<!ENTITY" in data.replace(b"\0", b""):  # in UTF-16 too
        raise ValueError("it declares entities, which is refused")
    return ElementTree.fromstring(data)  # noqa: S314 - entities are refused above


def read_junit(data: bytes) -> Suite:
    """All test cases below any nesting of suites. Raises ParseError, ValueError."""
    cases = list(_parse(data).iter("testcase"))
    failed = [
        f"{case.get('classname', '')}::{case.get('name', '')}".lstrip(":")
        for case in cases
        if case.find("failure") is not None or case.find("error") is not None
    ]
    return Suite(tests=len(cases), failures=failed)


def read_coverage(data: bytes) -> float:
    """Covered share of lines and branches together, in percent, rounded down to a tenth.

    Raises ParseError, ValueError.
    """
    root = _parse(data)
    valid = int(root.get("lines-valid", 0)) + int(root.get("branches-valid", 0))
    covered = int(root.get("lines-covered", 0)) + int(root.get("branches-covered", 0))
    if valid == 0:
        return math.floor(round(float(root.get("line-rate", 0)) * 1000, 6)) / 10
    return covered * 1000 // valid / 10
