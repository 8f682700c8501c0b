"""Test: the suite runs in a container of the Dockerfile's test target, with coverage."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from pathlib import Path
from xml.etree.ElementTree import ParseError

from pipeline.model.errors import StageFailed
from pipeline.model.results import Tested
from pipeline.model.states import StageName
from pipeline.report.junit import Suite, read_coverage, read_junit
from pipeline.stages.images import build_image, checkout, of_run
from pipeline.stages.journey import Journey

_LOG_LINES = 40
_END_SECONDS = 30  # from the end of its output to the end of the container
_COUNT = re.compile(r"\[ *(\d{1,3})%\]")


async def run(journey: Journey) -> Tested:
    commit = await checkout(journey)
    section, service = commit.app.section.test, commit.app.tested()
    threshold = journey.parts.settings.coverage_threshold
    if section is None or service is None:
        return Tested(ran=False, tests=0, threshold=threshold)
    image = await build_image(
        journey,
        service,
        commit,
        target=section.target,
        labels=of_run(journey),
    )
    code, log, files = await _in_container(journey, image.id, section.command, section.reports)
    _keep(journey.parts.layout.reports(journey.run.id) / "tests", files)
    suite, coverage = _read(files, log)
    return judge(code, suite, coverage, threshold, log)


def judge(code: int, suite: Suite | None, coverage: float | None, threshold: float, log: str) -> Tested:
    """Whether the tests let a release through. Raises StageFailed."""
    failures = suite.failures if suite else []
    if code != 0:
        named = f"{len(failures)} of {suite.tests} tests failed" if suite and failures else "The tests failed"
        raise StageFailed(
            f"{named} (exit code {code}){': ' + ', '.join(failures[:3]) if failures else ''}.",
            advice="Mend the tests, push, and deploy again.",
            log=log,
        )
    if suite is None or suite.tests == 0:
        raise StageFailed(
            "The test container ended well but left no test results.",
            advice="Let it write junit.xml below x-pipeline.test.reports, or remove x-pipeline.test.",
            log=log,
        )
    if failures:
        raise StageFailed(
            f"The tests ended with exit code 0 but report failures: {', '.join(failures[:3])}.",
            advice="See that the test command passes its exit code on.",
            log=log,
        )
    if coverage is None and threshold > 0:
        raise StageFailed(
            f"The tests left no coverage.xml, and COVERAGE_THRESHOLD is {threshold:g} %.",
            advice="Let the tests write it below x-pipeline.test.reports, or set COVERAGE_THRESHOLD=0.",
            log=log,
        )
    if coverage is not None and coverage < threshold:
        raise StageFailed(
            f"Coverage is {coverage:.1f} %, below COVERAGE_THRESHOLD ({threshold:g} %).",
            advice="Add tests, or lower COVERAGE_THRESHOLD if that is meant.",
            log=log,
        )
    return Tested(ran=True, tests=suite.tests, coverage=coverage, threshold=threshold)


async def _in_container(
    journey: Journey, image: str, command: list[str] | None, reports: str
) -> tuple[int, str, dict[str, bytes]]:
    """Exit code, last lines and report files of the test container, which is gone afterwards."""
    engine = journey.parts.engine
    name = journey.one_off(StageName.TEST)
    last: deque[str] = deque(maxlen=_LOG_LINES)

    def on_line(line: str) -> None:
        line = journey.parts.redact(line)
        if line.strip():
            last.append(line)
            journey.tell(f"{found.group(1)} % of the tests" if (found := _COUNT.search(line)) else line)

    await engine.remove(name)
    await engine.create(image, name, command, journey.run.id)
    try:
        await engine.start(name)
        async with asyncio.timeout(journey.parts.settings.test_timeout):
            await engine.follow(name, on_line)
        code = await engine.wait(name, timeout=_END_SECONDS)
        files = await engine.files(name, reports)
    except TimeoutError:
        raise StageFailed(
            f"The tests did not end within {journey.parts.settings.test_timeout:g} s.",
            advice="Raise TEST_TIMEOUT, or find the test that hangs.",
            log="\n".join(last),
        ) from None
    finally:
        await engine.remove(name)
    return code, "\n".join(last), files


def _read(files: dict[str, bytes], log: str) -> tuple[Suite | None, float | None]:
    try:
        suite = read_junit(files["junit.xml"]) if "junit.xml" in files else None
        coverage = read_coverage(files["coverage.xml"]) if "coverage.xml" in files else None
    except (ParseError, ValueError) as error:
        raise StageFailed(
            f"The test reports cannot be read: {error}.",
            advice="See that junit.xml and coverage.xml are whole.",
            log=log,
        ) from error
    return suite, coverage


def _keep(into: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        path = into / name
        if path.resolve().is_relative_to(into.resolve()):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
