"""Test results: JUnit XML, from the application's own tests."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from xml.etree import ElementTree


@dataclass(frozen=True)
class Failed:
    """`text` is what the runner says of it: its message, or else the first lines of its output."""

    name: str
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class Suite:
    """`tests` counts skipped ones too."""

    tests: int
    failures: list[Failed] = field(default_factory=list)
    skipped: int = 0


def parse(data: bytes) -> ElementTree.Element:
    """Refuses entity declarations, which can grow without bound. Raises ParseError, ValueError."""
    if b"<!ENTITY" in data.replace(b"\0", b""):  # in UTF-16 too
        raise ValueError("it declares entities, which is refused")
    return ElementTree.fromstring(data)  # noqa: S314 - entities are refused above


def read_junit(data: bytes) -> Suite:
    """All test cases below any nesting of suites. Raises ParseError, ValueError."""
    cases = list(parse(data).iter("testcase"))
    failures = []
    for case in cases:
        problem = case.find("failure")
        problem = case.find("error") if problem is None else problem
        if problem is not None:
            name = f"{case.get('classname', '')}::{case.get('name', '')}".lstrip(":")
            failures.append(Failed(name, problem.get("message") or problem.text or ""))
    skipped = sum(case.find("skipped") is not None for case in cases)
    return Suite(tests=len(cases), failures=failures, skipped=skipped)


def merged(suites: Iterable[tuple[str, Suite]]) -> Suite:
    """One suite of several named ones; where they have names, a failure's name begins with its suite's."""
    total = Suite(tests=0)
    for name, suite in suites:
        named = [replace(one, name=f"{name}: {one.name}") if name else one for one in suite.failures]
        total = Suite(
            tests=total.tests + suite.tests,
            failures=[*total.failures, *named],
            skipped=total.skipped + suite.skipped,
        )
    return total
