"""How far a test run is, read from pytest's output as it comes. What is not sure is not counted."""

from __future__ import annotations

import re

_COLLECTED = re.compile(r"\bcollected (\d+) items?\b(?:.* (\d+) selected\b)?")
_WORKERS = re.compile(r"^\d+ workers \[(\d+) items?\]")
_STATUS = r"(?:PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS)"
_VERBOSE = re.compile(rf"^(?P<test>\S+::.+?) {_STATUS}(?: \(.*\))?\s+\[ *(?P<percent>\d+)%\]$")
_VERBOSE_WORKER = re.compile(rf"^\[gw\d+\] \[ *(?P<percent>\d+)%\] {_STATUS} (?P<test>\S+::.+?)\s*$")
_MARKS = re.compile(r"^(?:\S.* )?(?P<marks>[^\s\[\]]+)\s*\[ *(?P<percent>\d+)%\]$")
_SURE_MARKS = frozenset(".FsxX")  # an E may be the second mark of one test, after its teardown
_OF = re.compile(r"\[ *(\d+)/(\d+)\]$")
_PERCENT = re.compile(r"\[ *(\d{1,3})%\]")


class Counting:
    """Fed with a run's lines, one after the other.

    The count is held against each percentage that pytest shows; from the first that does not fit, only
    percentages are told. `far` is what was told last, `0 of 48 tests` before the first.
    """

    far: str | None = None

    def __init__(self) -> None:
        self._begin(None)

    def read(self, line: str) -> str | None:
        """`12 of 48 tests`, `25 % of the tests`, or None where the line tells of no progress."""
        found = self._read(line.rstrip())
        self.far = found or self.far
        return found

    def _read(self, line: str) -> str | None:
        if collected := (_COLLECTED.search(line) or _WORKERS.match(line)):
            self._begin(int(collected[collected.lastindex or 1]))
            return None
        if (of := _OF.search(line)) and int(of[2]) == self._total:
            return f"{of[1]} of {of[2]} tests"
        shown = _PERCENT.search(line)
        if shown is None or int(shown[1]) > 100:
            return None
        percent = int(shown[1])
        done = self._count(line)
        if self._total and done is not None and done * 100 // self._total == percent:
            return f"{done} of {self._total} tests"
        self._sure = False
        return f"{percent} % of the tests"

    def _begin(self, total: int | None) -> None:
        self.far = f"0 of {total} tests" if total else None
        self._total = total
        self._sure = bool(total)
        self._marks = 0
        self._tests: set[str] = set()

    def _count(self, line: str) -> int | None:
        if not self._sure:
            return None
        if verbose := (_VERBOSE.match(line) or _VERBOSE_WORKER.match(line)):
            self._tests.add(verbose["test"])
            return len(self._tests) if not self._marks else None
        if (found := _MARKS.match(line)) and _SURE_MARKS.issuperset(found["marks"]):
            self._marks += len(found["marks"])
            return self._marks if not self._tests else None
        return None
