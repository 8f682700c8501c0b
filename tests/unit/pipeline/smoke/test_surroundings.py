import pytest

from pipeline.model.checks import Limits, Patterns
from pipeline.probe import Resources
from pipeline.smoke import CheckResult
from pipeline.smoke.surroundings import judge_logs, judge_resources

LIMIT = "disk ≥ 5%, memory ≥ 5%, load ≤ 8.0"


@pytest.mark.parametrize(
    ("found", "ok", "figure", "detail"),
    [
        (Resources(0.5, 0.25, 0.75), True, "disk 50% free, memory 25% available, load 0.8 per core", ""),
        (Resources(0.05, 0.05, 8.0), True, "disk 5% free, memory 5% available, load 8.0 per core", ""),
        (
            Resources(0.01, 0.25, 1),
            False,
            "disk 1% free, memory 25% available, load 1.0 per core",
            "Too little disk space is free.",
        ),
        (
            Resources(0.5, 0.01, 9),
            False,
            "disk 50% free, memory 1% available, load 9.0 per core",
            "Too little memory is available. The load is too high.",
        ),
        (
            Resources(0.5, None, None),
            True,
            "disk 50% free, memory unknown available, load unknown",
            "Not every figure could be read.",
        ),
        (
            Resources(None, None, None),
            False,
            "disk unknown free, memory unknown available, load unknown",
            "The host tells neither disk nor memory nor load.",
        ),
    ],
)
def test_resources(found: Resources, ok: bool, figure: str, detail: str) -> None:
    assert judge_resources(found, Limits()) == CheckResult("resources", ok, figure, LIMIT, detail)


def test_the_limits_are_the_project_s() -> None:
    limits = Limits(disk_free_percent=60, memory_available_percent=0, load_per_core=0.5)
    assert judge_resources(Resources(0.5, 0.0, 0.75), limits) == CheckResult(
        "resources",
        False,
        "disk 50% free, memory 0% available, load 0.8 per core",
        "disk ≥ 60%, memory ≥ 0%, load ≤ 0.5",
        "Too little disk space is free. The load is too high.",
    )


@pytest.mark.parametrize(
    "line",
    [
        "ERROR something",
        "2026-01-01 00:00:00 [ERROR] x",
        "app CRITICAL: x",
        "FATAL:  the database system is starting up",
        "Traceback (most recent call last):",
        '{"event": "x", "level": "error"}',
        '{"level":"critical"}',
        "ts=1 level=fatal msg=x",
    ],
)
def test_lines_that_fail(line: str) -> None:
    assert not judge_logs([line], Patterns()).ok


@pytest.mark.parametrize(
    "line",
    [
        "",
        "0 errors",
        "NOERROR",
        "ERRORS_TOTAL 0",
        "TracebackFormatter loaded",
        "level=errors",
        '"level": "info"',
    ],
)
def test_lines_that_are_fine(line: str) -> None:
    assert judge_logs([line], Patterns()) == CheckResult("logs", True, "0 of 1 lines tell of errors", "0", "")


def test_the_first_matches_are_told() -> None:
    lines = ["start", *(f"  ERROR {number}" for number in range(5))]
    assert judge_logs(lines, Patterns()) == CheckResult(
        "logs", False, "5 of 6 lines tell of errors", "0", "ERROR 0\nERROR 1\nERROR 2\nand 2 more"
    )


def test_patterns_are_the_project_s() -> None:
    lines = ["ERROR known: x", "panic: y"]
    assert judge_logs(lines, Patterns(ignore=("known:",))).ok
    assert judge_logs(lines, Patterns(fail_on=("panic",))).detail == "panic: y"


def test_no_lines_at_all() -> None:
    assert judge_logs([], Patterns()).ok


def test_a_long_line_is_cut() -> None:
    assert judge_logs(["ERROR " + "x" * 1000], Patterns()).detail == "ERROR " + "x" * 194 + "…"
