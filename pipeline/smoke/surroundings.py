"""Judgements over what surrounds the application: the host's room and the containers' log lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from pipeline.model.checks import Limits, Patterns
from pipeline.probe import Resources
from pipeline.smoke.report import CheckResult

_SHOWN_LINES = 3
_SHOWN_CHARACTERS = 200


def judge_resources(found: Resources, limits: Limits) -> CheckResult:
    """Disk, memory and load within their limits. A figure that the host does not tell is said and does
    not fail; a host that tells nothing does."""
    disk, memory, load = found.disk_free_ratio, found.memory_available_ratio, found.load_per_core
    figures = (
        f"disk {_percent(disk)} free",
        f"memory {_percent(memory)} available",
        "load unknown" if load is None else f"load {load:.1f} per core",
    )
    allowed = (
        f"disk ≥ {limits.disk_free_percent:g}%",
        f"memory ≥ {limits.memory_available_percent:g}%",
        f"load ≤ {limits.load_per_core:.1f}",
    )
    low = []
    if disk is not None and disk * 100 < limits.disk_free_percent:
        low.append("Too little disk space is free.")
    if memory is not None and memory * 100 < limits.memory_available_percent:
        low.append("Too little memory is available.")
    if load is not None and load > limits.load_per_core:
        low.append("The load is too high.")
    told = [figure is not None for figure in (disk, memory, load)]
    if not any(told):
        low.append("The host tells neither disk nor memory nor load.")
    detail = " ".join(low) or ("" if all(told) else "Not every figure could be read.")
    return CheckResult("resources", not low, ", ".join(figures), ", ".join(allowed), detail)


def judge_logs(lines: Sequence[str], patterns: Patterns) -> CheckResult:
    """No line that one of `fail_on` matches and none of `ignore`."""
    matches = list(filter(tells_of_errors(patterns), lines))
    first = [_cut(line.strip()) for line in matches[:_SHOWN_LINES]]
    if len(matches) > _SHOWN_LINES:
        first.append(f"and {len(matches) - _SHOWN_LINES} more")
    figure = f"{len(matches)} of {len(lines)} lines tell of errors"
    return CheckResult("logs", not matches, figure, "0", "\n".join(first))


def tells_of_errors(patterns: Patterns) -> Callable[[str], bool]:
    """Whether a line is one that one of `fail_on` matches and none of `ignore`."""
    bad = [re.compile(pattern) for pattern in patterns.fail_on]
    fine = [re.compile(pattern) for pattern in patterns.ignore]
    return lambda line: (
        any(pattern.search(line) for pattern in bad) and not any(pattern.search(line) for pattern in fine)
    )


def _cut(line: str) -> str:
    return line if len(line) <= _SHOWN_CHARACTERS else f"{line[:_SHOWN_CHARACTERS]}…"


def _percent(ratio: float | None) -> str:
    return "unknown" if ratio is None else f"{ratio:.0%}"
