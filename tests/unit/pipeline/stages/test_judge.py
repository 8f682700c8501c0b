"""Whether tests let a release through."""

import pytest

from pipeline.model.errors import StageFailed
from pipeline.model.results import Tested
from pipeline.report.junit import Failed
from pipeline.stages.judging import Limits, Outcome, excerpts, judge
from pipeline.stages.test import front_page

MEND = "Mend the tests, push, and deploy again."
NO_RESULTS = "Let it write junit.xml below x-pipeline.test.reports, or remove x-pipeline.test."


def junit(tests: int, *failed: str, skipped: int = 0) -> bytes:
    cases = [f'<testcase classname="a" name="{name}"><failure message="{name} broke"/>' for name in failed]
    cases += ['<testcase classname="a" name="s"><skipped/>'] * skipped
    cases += ['<testcase classname="a" name="ok">'] * (tests - len(cases))
    return f"<testsuite>{''.join(case + '</testcase>' for case in cases)}</testsuite>".encode()


def outcome(
    code: int | None, results: bytes | None = None, coverage: float | None = None, name: str = ""
) -> Outcome:
    files = {"junit.xml": results} if results is not None else {}
    if coverage is not None:
        files["coverage.xml"] = f'<coverage line-rate="{coverage / 100}"/>'.encode()
    return Outcome(name=name, code=code, log=f"last lines{f' of {name}' if name else ''}", files=files)


@pytest.mark.parametrize(
    ("coverage", "threshold"), [(70.0, 70.0), (100.0, 100.0), (0.0, 0.0), (None, 0.0), (69.9, 0.0)]
)
def test_they_do(coverage: float | None, threshold: float) -> None:
    limits = Limits(threshold=threshold, timeout=60)
    assert judge([outcome(0, junit(12, skipped=2), coverage)], limits) == Tested(
        ran=True, tests=12, skipped=2, coverage=coverage, threshold=threshold
    )


def test_several_suites_do() -> None:
    outcomes = [
        outcome(0, junit(10), 60.0, "unit"),
        outcome(0, junit(3), 72.0, "integration"),
        outcome(0, junit(1), None, "smoke"),
    ]
    assert judge(outcomes, Limits(threshold=70, timeout=60, live=72.0)) == Tested(
        ran=True,
        tests=14,
        suites={"unit": 10, "integration": 3, "smoke": 1},
        coverage=72.0,
        threshold=70,
        live_coverage=72.0,
    )


@pytest.mark.parametrize(
    ("outcomes", "what", "advice", "log"),
    [
        (
            [outcome(1, junit(12, "one", "two"), 90.0)],
            "2 of 12 tests failed (exit code 1): a::one, a::two.",
            MEND,
            "a::one\n  one broke\na::two\n  two broke",
        ),
        (
            [outcome(1, junit(12, *"abcdefg"), 90.0)],
            "7 of 12 tests failed (exit code 1): a::a, a::b, a::c, a::d, a::e and 2 more.",
            MEND,
            "a::a\n  a broke\na::b\n  b broke\na::c\n  c broke\nand 4 more",
        ),
        ([outcome(2, junit(12), 90.0)], "The tests failed (exit code 2).", MEND, "last lines"),
        ([outcome(137)], "The tests failed (exit code 137).", MEND, "last lines"),
        ([outcome(1, b"<testsu")], "The tests failed (exit code 1).", MEND, "last lines"),
        (
            [outcome(None)],
            "The tests did not end within 60 s.",
            "Raise TEST_TIMEOUT, or find the test that hangs.",
            "last lines",
        ),
        (
            [outcome(0, None, 90.0)],
            "The test container ended well but left no test results.",
            NO_RESULTS,
            "last lines",
        ),
        (
            [outcome(0, junit(0), 90.0)],
            "The test container ended well but left no test results.",
            NO_RESULTS,
            "last lines",
        ),
        (
            [outcome(0, b"<testsu", 90.0)],
            "The test reports cannot be read: unclosed token: line 1, column 0.",
            "See that junit.xml and coverage.xml are whole.",
            "last lines",
        ),
        (
            [outcome(0, junit(12, "one"), 90.0)],
            "The tests ended with exit code 0 but report failures: a::one.",
            "See that the test command passes its exit code on.",
            "a::one\n  one broke",
        ),
        (
            [outcome(0, junit(12))],
            "The tests left no coverage.xml, and COVERAGE_THRESHOLD is 70 %.",
            "Let the tests write it below x-pipeline.test.reports, or set COVERAGE_THRESHOLD=0.",
            "last lines",
        ),
        (
            [outcome(0, junit(12), 69.9)],
            "Coverage is 69.9 %, below COVERAGE_THRESHOLD (70 %).",
            "Add tests, or lower COVERAGE_THRESHOLD if that is meant.",
            "last lines",
        ),
        (
            [outcome(0, junit(12), 79.9)],
            "Coverage is 79.9 %, and the live release has 80.0 % (COVERAGE_NOT_BELOW_LIVE).",
            "Add tests, or set COVERAGE_NOT_BELOW_LIVE=false if that is meant.",
            "last lines",
        ),
        (
            [outcome(0, junit(5), 90.0, "unit"), outcome(1, junit(2, "x"), None, "smoke")],
            "1 of 7 tests failed (smoke: exit code 1): smoke: a::x.",
            MEND,
            "smoke: a::x\n  x broke",
        ),
        (
            [outcome(0, junit(5), 90.0, "unit"), outcome(None, name="smoke")],
            "Suite smoke did not end within 60 s.",
            "Raise TEST_TIMEOUT, or find the test that hangs.",
            "last lines of smoke",
        ),
        (
            [outcome(0, junit(5), 90.0, "unit"), outcome(0, name="smoke")],
            "The container of suite smoke ended well but left no test results.",
            NO_RESULTS,
            "last lines of smoke",
        ),
    ],
)
def test_they_do_not(outcomes: list[Outcome], what: str, advice: str, log: str) -> None:
    with pytest.raises(StageFailed) as caught:
        judge(outcomes, Limits(threshold=70, timeout=60, live=80.0))
    error = caught.value
    assert (error.what, error.advice, error.log) == (what, advice, log)
    assert error.production == "Production was not touched: the live release keeps serving."


def test_the_first_lines_of_a_failure() -> None:
    text = "AssertionError: assert [2, 1] == [1, 2]\n\n  At index 0 diff: 2 != 1\n  more\n  still\n  too much"
    assert excerpts([Failed("a::b", text), Failed("c::d", "x" * 300)]) == (
        "a::b\n  AssertionError: assert [2, 1] == [1, 2]\n    At index 0 diff: 2 != 1\n    more\n    still\n"
        f"c::d\n  {'x' * 200}"
    )


@pytest.mark.parametrize(
    ("files", "page"),
    [
        ([], None),
        (["junit.xml", "coverage.xml"], None),
        (["htmlcov/index.html", "htmlcov/a/index.html", "htmlcov/z.html"], "htmlcov/index.html"),
        (["index.html"], "index.html"),
    ],
)
def test_where_a_coverage_report_begins(files: list[str], page: str | None) -> None:
    assert front_page(dict.fromkeys(files, b"")) == page
