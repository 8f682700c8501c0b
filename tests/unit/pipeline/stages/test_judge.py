"""Whether tests let a release through."""

import pytest

from pipeline.model.errors import StageFailed
from pipeline.model.results import Tested
from pipeline.report.junit import Suite
from pipeline.stages.test import judge

GREEN = Suite(tests=12, failures=[])
RED = Suite(tests=12, failures=["a::one", "a::two", "b::three", "b::four"])


@pytest.mark.parametrize(
    ("coverage", "threshold"), [(70.0, 70.0), (100.0, 100.0), (0.0, 0.0), (None, 0.0), (69.9, 0.0)]
)
def test_they_do(coverage: float | None, threshold: float) -> None:
    assert judge(0, GREEN, coverage, threshold, "") == Tested(
        ran=True, tests=12, failures=[], coverage=coverage, threshold=threshold
    )


@pytest.mark.parametrize(
    ("code", "suite", "coverage", "what", "advice"),
    [
        (
            1,
            RED,
            90.0,
            "4 of 12 tests failed (exit code 1): a::one, a::two, b::three.",
            "Mend the tests, push, and deploy again.",
        ),
        (2, GREEN, 90.0, "The tests failed (exit code 2).", "Mend the tests, push, and deploy again."),
        (137, None, None, "The tests failed (exit code 137).", "Mend the tests, push, and deploy again."),
        (
            0,
            None,
            90.0,
            "The test container ended well but left no test results.",
            "Let it write junit.xml below x-pipeline.test.reports, or remove x-pipeline.test.",
        ),
        (
            0,
            Suite(tests=0, failures=[]),
            90.0,
            "The test container ended well but left no test results.",
            "Let it write junit.xml below x-pipeline.test.reports, or remove x-pipeline.test.",
        ),
        (
            0,
            RED,
            90.0,
            "The tests ended with exit code 0 but report failures: a::one, a::two, b::three.",
            "See that the test command passes its exit code on.",
        ),
        (
            0,
            GREEN,
            None,
            "The tests left no coverage.xml, and COVERAGE_THRESHOLD is 70 %.",
            "Let the tests write it below x-pipeline.test.reports, or set COVERAGE_THRESHOLD=0.",
        ),
        (
            0,
            GREEN,
            69.9,
            "Coverage is 69.9 %, below COVERAGE_THRESHOLD (70 %).",
            "Add tests, or lower COVERAGE_THRESHOLD if that is meant.",
        ),
    ],
)
def test_they_do_not(code: int, suite: Suite | None, coverage: float | None, what: str, advice: str) -> None:
    with pytest.raises(StageFailed) as caught:
        judge(code, suite, coverage, 70.0, "last lines")
    error = caught.value
    assert (error.what, error.advice, error.log) == (what, advice, "last lines")
    assert error.production == "Production was not touched: the live release keeps serving."
