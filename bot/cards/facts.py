"""One short fact of what a stage found, for its line on the card."""

from __future__ import annotations

from typing import assert_never

from bot.cards.text import line
from bot.cards.words import size
from pipeline.model.results import (
    Approved,
    BackedUp,
    Built,
    CheckLine,
    Migrated,
    Pulled,
    Reported,
    Result,
    Reverted,
    Smoked,
    Started,
    Stopped,
    Tagged,
    Tested,
    Waited,
)


def fact(result: Result) -> str:
    """HTML, at most some 80 code points; empty where the stage's name says it all."""
    match result:
        case Pulled(subject=subject):
            return line(subject, 60)
        case BackedUp(path=None, note=note):
            return line(note or "nothing to back up", 60)
        case BackedUp(bytes=count):
            return size(count)
        case Tested():
            return tests(result)
        case Built(bytes=count):
            return size(count)
        case Approved(by=by):
            return f"by {line(by, 60)}"
        case Migrated(ran=False):
            return "nothing to migrate"
        case Migrated(before=before, after=after):
            return f"schema {line(before or 'none', 30)} → {line(after or 'unknown', 30)}"
        case Waited(unwell=[_, *_] as unwell):
            return f"not well: {line(', '.join(unwell), 60)}"
        case Smoked(checks=checks) | Reverted(checks=checks):
            return _checks(checks)
        case Tagged() | Stopped() | Started() | Waited() | Reported():
            return ""
        case _:
            assert_never(result)


def tests(tested: Tested) -> str:
    """`143 passed · coverage 87.5 % (at least 70 %)`."""
    if not tested.ran:
        return "no tests declared"
    failed = len(tested.failures)
    counted = f"{failed} of {tested.tests} failed" if failed else f"{tested.tests} passed"
    if tested.coverage is None:
        return counted
    floor = f" (at least {tested.threshold:g} %)" if tested.threshold is not None else ""
    return f"{counted} · coverage {tested.coverage:.1f} %{floor}"


def _checks(checks: list[CheckLine]) -> str:
    return f"{sum(check.ok for check in checks)} of {len(checks)} checks"
