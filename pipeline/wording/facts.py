"""One short fact of what a stage found, for its line on the card."""

from __future__ import annotations

from typing import assert_never

from pipeline.model.results import (
    Approved,
    BackedUp,
    Built,
    Checked,
    CheckLine,
    HandedOver,
    Migrated,
    Prepared,
    Proved,
    Pulled,
    Rehearsed,
    Reported,
    Result,
    Reverted,
    Smoked,
    Started,
    Stopped,
    Swapped,
    Tagged,
    Tested,
    Tried,
    Waited,
)
from pipeline.wording.markup import line
from pipeline.wording.words import change, exactly, share, size


def fact(result: Result) -> str:
    """HTML, at most some 80 code points; empty where the stage's name says it all."""
    match result:
        case Pulled(subject=subject):
            return line(subject, 60)
        case BackedUp(path=None, note=note):
            return line(note or "nothing to back up", 60)
        case BackedUp():
            return backup(result)
        case Tested():
            return tests(result)
        case Built():
            return _built(result)
        case Approved(by=by, despite_freeze=despite):
            return f"by {line(by, 60)}{' despite the freeze' if despite else ''}"
        case Rehearsed(ran=False, note=note):
            return line(note or "nothing to rehearse", 60)
        case Rehearsed():
            return rehearsed(result)
        case Migrated(ran=False):
            return "nothing to migrate"
        case Migrated(before=before, after=after):
            return f"schema {line(before or 'none', 30)} → {line(after or 'unknown', 30)}"
        case HandedOver(before=before, after=after):
            return f"journal {before:04} → {after:04}" if before != after else ""
        case Waited(unwell=[_, *_] as unwell):
            return f"not well: {line(', '.join(unwell), 60)}"
        case Smoked(checks=checks) | Reverted(checks=checks):
            return _checks(checks)
        case Checked(backup_id=None, database=name):
            return f"back to {line(name or 'unknown', 63)}"
        case Checked(backup_id=number, bytes=count, proven=proven):
            return f"backup {number}, {size(count)}{'' if proven else ', without a manifest'}"
        case Prepared(tables=None):
            return ""
        case Prepared(tables=tables, rows=rows):
            return f"{tables} tables, {rows} rows, all as backed up"
        case Swapped(kept_as=name):
            return f"before is kept as {line(name, 63)}"
        case Proved():
            return _proved(result)
        case Tried(commit=commit, start_seconds=seconds, checks=checks):
            return f"{line(commit, 20)} started in {exactly(seconds)} · {_checks(checks)}"
        case Tagged() | Stopped() | Started() | Waited() | Reported():
            return ""
        case _:
            assert_never(result)


def rehearsed(found: Rehearsed) -> str:
    """`0003 → 0004 in 2.1 s`; without the revisions where there is no query for them."""
    took = "" if found.seconds is None else f" in {exactly(found.seconds)}"
    if found.before is None and found.after is None:
        return took.strip()
    return f"{line(found.before or 'none', 30)} → {line(found.after or 'none', 30)}{took}"


def tests(tested: Tested) -> str:
    """`143 passed · coverage 87.5 % (at least 70 %)`."""
    if not tested.ran:
        return "no tests declared"
    failed = len(tested.failures)
    passed = tested.tests - tested.skipped
    counted = f"{failed} of {tested.tests} failed" if failed else f"{passed} passed"
    counted += f", {tested.skipped} skipped" if tested.skipped else ""
    if tested.coverage is None:
        return counted
    limits = [f"at least {tested.threshold:g} %"] if tested.threshold is not None else []
    limits += [f"live {tested.live_coverage:.1f} %"] if tested.live_coverage is not None else []
    floor = f" ({', '.join(limits)})" if limits else ""
    return f"{counted} · coverage {tested.coverage:.1f} %{floor}"


def image(count: int, live: int | None) -> str:
    """`129 MB (+1.2 MB)`, without the change where nothing is live."""
    return _changed(count, live)


def backup(made: BackedUp) -> str:
    """`221 MB (+3.0 MB)`, without the change where it is the first one."""
    return _changed(made.bytes, made.previous_bytes)


def _changed(count: int, before: int | None) -> str:
    return size(count) if before is None else f"{size(count)} ({change(count - before)})"


def _built(built: Built) -> str:
    cached = f" · {share(built.cached / built.steps)} of {built.steps} steps cached" if built.steps else ""
    return f"{image(built.bytes, built.live_bytes)}{cached}"


def _proved(proved: Proved) -> str:
    checked = f", {proved.indexes} indexes checked" if proved.indexes is not None else ""
    return f"{proved.tables} tables, {proved.rows} rows, all as backed up{checked}"


def _checks(checks: list[CheckLine]) -> str:
    judged = [check for check in checks if check.judged]
    counted = f"{sum(check.ok for check in judged)} of {len(judged)} checks"
    offered = len([check for check in checks if not check.judged and check.figure == "not offered"])
    return f"{counted}, {offered} not offered" if offered else counted
