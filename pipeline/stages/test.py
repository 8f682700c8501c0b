"""Test: each suite runs in a one-off container of the test image, and what they leave is judged together."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.cancelling import end
from pipeline.containers.build import targets
from pipeline.model.errors import StageFailed
from pipeline.model.results import Tested
from pipeline.model.states import StageName
from pipeline.project.application import Service
from pipeline.project.section import TestSection
from pipeline.stages.counting import Counting
from pipeline.stages.images import Checkout, build_image, checkout, context, of_run
from pipeline.stages.journey import Journey
from pipeline.stages.judging import Limits, Outcome, judge
from pipeline.wording.so_far import so_far

_LOG_LINES = 40
_END_SECONDS = 30  # from the end of its output to the end of the container
_TEXTS = frozenset({".xml", ".html", ".json", ".txt", ".log"})


@dataclass(frozen=True, kw_only=True)
class Suite:
    """`name` is empty for the only one."""

    name: str
    command: list[str] | None
    reports: str


async def run(journey: Journey) -> Tested:
    commit = await checkout(journey)
    section, service = commit.app.section.test, commit.app.tested()
    settings = journey.parts.settings
    if section is None or service is None:
        return Tested(ran=False, tests=0, threshold=settings.coverage_threshold)
    target = chosen_target(journey, section, service, commit)
    built = await build_image(journey, service, commit, target=target, labels=of_run(journey))
    outcomes = await _all(journey, built.image.id, section)
    kept = journey.parts.layout.reports(journey.run.id) / "tests"
    for outcome in outcomes:
        redact = journey.parts.redact
        await asyncio.to_thread(_keep, kept / outcome.name, outcome.files, redact)
    live, note = await _of_live(journey)
    limits = Limits(threshold=settings.coverage_threshold, timeout=settings.test_timeout, live=live)
    try:
        tested = judge(outcomes, limits)
    except StageFailed as failed:
        failed.log = journey.parts.redact(failed.log)
        raise
    pages = (kept / outcome.name / page for outcome in outcomes if (page := front_page(outcome.files)))
    return replace(tested, coverage_html=next((str(page) for page in pages), None), note=note)


def suites(section: TestSection) -> list[Suite]:
    """In the order of their names, which is also how compose hands them on."""
    if not section.suites:
        return [Suite(name="", command=section.command, reports=section.reports)]
    return [
        Suite(name=name, command=suite.command, reports=suite.reports or section.reports)
        for name, suite in sorted(section.suites.items())
    ]


def chosen_target(journey: Journey, section: TestSection, service: Service, commit: Checkout) -> str | None:
    """The Dockerfile's target to build for the tests, or the service's own where it has none for them.

    Raises StageFailed where a target is missing that was asked for, or that alone says what to run.
    """
    own = service.build.target if service.build else None
    if section.target is None:
        return own
    if service.build is None:
        return own
    found = targets(context(journey, service.build, commit), service.build.dockerfile)
    if found is None or section.target.lower() in found:
        return section.target
    if section.asks_for_target or not section.commands:
        there = f"its targets are {', '.join(found)}" if found else "it has no named target"
        raise StageFailed(
            f"The Dockerfile of {service.name} has no target {section.target}: {there}.",
            advice="Name one in x-pipeline.test.target, or set x-pipeline.test.command and target: null to"
            " test in the service's own image.",
        )
    journey.tell(f"no target {section.target} in the Dockerfile: testing in the image of {service.name}")
    return own


def front_page(files: Mapping[str, bytes]) -> str | None:
    """The first page of a coverage report in HTML, by its path below the reports directory."""
    pages = [name for name in files if name.rpartition("/")[2] == "index.html"]
    return min(pages, key=lambda name: (name.count("/"), name), default=None)


async def _all(journey: Journey, image: str, section: TestSection) -> list[Outcome]:
    far: dict[str, str] = {}

    async def one(suite: Suite) -> Outcome:
        def show(count: str | None, line: str) -> None:
            if count:
                far[suite.name] = _named(suite, count)
            journey.show(so_far(", ".join(far.values()), _named(suite, line)))

        outcome = await _in_container(journey, image, suite, show)
        far.pop(suite.name, None)
        return outcome

    if not section.side_by_side:
        return [await one(suite) for suite in suites(section)]
    tasks = [asyncio.create_task(one(suite), name=f"suite-{suite.name}") for suite in suites(section)]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        await end(tasks)


def _named(suite: Suite, line: str) -> str:
    return f"{suite.name}: {line}" if suite.name else line


async def _in_container(
    journey: Journey, image: str, suite: Suite, show: Callable[[str | None, str], None]
) -> Outcome:
    """What the suite's container left; it is gone afterwards."""
    engine = journey.parts.engine
    name = journey.one_off(StageName.TEST) + (f"-{suite.name}" if suite.name else "")
    last: deque[str] = deque(maxlen=_LOG_LINES)
    counting = Counting()

    def on_line(line: str) -> None:
        if not line.strip():
            return
        last.append(line)
        journey.log(_named(suite, line))
        counting.read(line)
        show(counting.far, line)

    await engine.remove(name)
    await engine.create(image, name, suite.command, journey.run.id)
    try:
        await engine.start(name)
        async with asyncio.timeout(journey.parts.settings.test_timeout):
            await engine.follow(name, on_line, journey.parts.redact)
        code = await engine.wait(name, timeout=_END_SECONDS)
        files = await engine.files(name, suite.reports)
    except TimeoutError:
        return Outcome(name=suite.name, code=None, log="\n".join(last))
    finally:
        await engine.remove(name)
    return Outcome(name=suite.name, code=code, log="\n".join(last), files=files)


async def _of_live(journey: Journey) -> tuple[float | None, str | None]:
    """The coverage of the live release where it counts, and what there is to say where it is not known."""
    if not journey.parts.settings.coverage_not_below_live or journey.live is None:
        return None, None
    run = journey.live.run_id
    view = await journey.parts.store.runs.view(run) if run is not None else None
    row = view.stage(StageName.TEST) if view else None
    if row and isinstance(row.result, Tested) and row.result.coverage is not None:
        return row.result.coverage, None
    note = "Not compared with the live release (COVERAGE_NOT_BELOW_LIVE): its coverage is not known."
    journey.tell(note)
    return None, note


def _keep(into: Path, files: Mapping[str, bytes], redact: Callable[[str], str]) -> None:
    for name, content in files.items():
        path = into / name
        if path.resolve().is_relative_to(into.resolve()):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(_clean(content, redact) if path.suffix in _TEXTS else content)


def _clean(content: bytes, redact: Callable[[str], str]) -> bytes:
    try:
        return redact(content.decode()).encode()
    except UnicodeDecodeError:
        return content
