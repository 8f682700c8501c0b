"""Whether the tests let a release through. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from xml.etree.ElementTree import ParseError

from pipeline.model.errors import StageFailed
from pipeline.model.results import Tested
from pipeline.report.coverage import Coverage, combined, read_coverage
from pipeline.report.junit import Failed, Suite, merged, read_junit

_NAMES = 5
_SHOWN = 3
_SHOWN_LINES = 4
_SHOWN_CHARACTERS = 200


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What one suite left. `name` is empty for the only one; `code` is None where it did not end in time.

    `log` holds its last lines, `files` its reports by path.
    """

    name: str = ""
    code: int | None
    log: str = ""
    files: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """In percent and seconds. `live` is the coverage of the live release, where it counts and is known."""

    threshold: float
    timeout: float
    live: float | None = None


def judge(outcomes: Sequence[Outcome], limits: Limits) -> Tested:
    """Raises StageFailed, with the first failures in its log, or else the last lines of the suite."""
    suites: list[tuple[str, Suite]] = []
    measured: list[Coverage] = []
    for outcome in outcomes:
        suite, figures = _read(outcome)
        suites += [(outcome.name, suite)] if suite else []
        measured += [figures] if figures else []
    total = merged(suites)
    for outcome in outcomes:
        _ended_well(outcome, outcomes, total, limits)
    for outcome in outcomes:
        if not any(name == outcome.name and suite.tests for name, suite in suites):
            raise StageFailed(
                f"{_whose(outcome)} ended well but left no test results.",
                advice="Let it write junit.xml below x-pipeline.test.reports, or remove x-pipeline.test.",
                log=outcome.log,
            )
    if total.failures:
        raise StageFailed(
            f"The tests ended with exit code 0 but report failures: {_names(total)}.",
            advice="See that the test command passes its exit code on.",
            log=excerpts(total.failures),
        )
    coverage = combined(measured)
    _covered(coverage, limits, outcomes)
    return Tested(
        ran=True,
        tests=total.tests,
        skipped=total.skipped,
        suites={name: suite.tests for name, suite in suites if name},
        coverage=coverage,
        threshold=limits.threshold,
        live_coverage=limits.live,
    )


def excerpts(failures: Sequence[Failed]) -> str:
    """The first lines of the first failures."""
    lines = []
    for failed in failures[:_SHOWN]:
        told = [line.rstrip() for line in failed.text.splitlines() if line.strip()]
        lines += [failed.name, *(f"  {line[:_SHOWN_CHARACTERS]}" for line in told[:_SHOWN_LINES])]
    if len(failures) > _SHOWN:
        lines.append(f"and {len(failures) - _SHOWN} more")
    return "\n".join(lines)


def _ended_well(outcome: Outcome, outcomes: Sequence[Outcome], total: Suite, limits: Limits) -> None:
    if outcome.code is None:
        whose = f"Suite {outcome.name}" if outcome.name else "The tests"
        raise StageFailed(
            f"{whose} did not end within {limits.timeout:g} s.",
            advice="Raise TEST_TIMEOUT, or find the test that hangs.",
            log=outcome.log,
        )
    if outcome.code == 0:
        return
    codes = ", ".join(
        f"{one.name}: exit code {one.code}" if one.name else f"exit code {one.code}"
        for one in outcomes
        if one.code
    )
    if total.failures:
        what = f"{len(total.failures)} of {total.tests} tests failed ({codes}): {_names(total)}."
    else:
        what = f"The tests failed ({codes})."
    raise StageFailed(
        what,
        advice="Mend the tests, push, and deploy again.",
        log=excerpts(total.failures) if total.failures else outcome.log,
    )


def _covered(coverage: float | None, limits: Limits, outcomes: Sequence[Outcome]) -> None:
    log = "\n".join(outcome.log for outcome in outcomes)
    if coverage is None and limits.threshold > 0:
        raise StageFailed(
            f"The tests left no coverage.xml, and COVERAGE_THRESHOLD is {limits.threshold:g} %.",
            advice="Let the tests write it below x-pipeline.test.reports, or set COVERAGE_THRESHOLD=0.",
            log=log,
        )
    if coverage is not None and coverage < limits.threshold:
        raise StageFailed(
            f"Coverage is {coverage:.1f} %, below COVERAGE_THRESHOLD ({limits.threshold:g} %).",
            advice="Add tests, or lower COVERAGE_THRESHOLD if that is meant.",
            log=log,
        )
    if limits.live is not None and (coverage is None or coverage < limits.live):
        is_now = "not measured" if coverage is None else f"{coverage:.1f} %"
        raise StageFailed(
            f"Coverage is {is_now}, and the live release has {limits.live:.1f} % (COVERAGE_NOT_BELOW_LIVE).",
            advice="Add tests, or set COVERAGE_NOT_BELOW_LIVE=false if that is meant.",
            log=log,
        )


def _read(outcome: Outcome) -> tuple[Suite | None, Coverage | None]:
    files = outcome.files
    try:
        suite = read_junit(files["junit.xml"]) if "junit.xml" in files else None
        coverage = read_coverage(files["coverage.xml"]) if "coverage.xml" in files else None
    except (ParseError, ValueError) as error:
        if outcome.code != 0:  # it was cut while it wrote them
            return None, None
        raise StageFailed(
            f"The test reports cannot be read: {error}.",
            advice="See that junit.xml and coverage.xml are whole.",
            log=outcome.log,
        ) from error
    return suite, coverage


def _names(suite: Suite) -> str:
    shown = ", ".join(failed.name for failed in suite.failures[:_NAMES])
    more = len(suite.failures) - _NAMES
    return f"{shown} and {more} more" if more > 0 else shown


def _whose(outcome: Outcome) -> str:
    return f"The container of suite {outcome.name}" if outcome.name else "The test container"
