"""A worker that goes away in the middle of a run, and another that goes on."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

import pytest

from pipeline.chaos import Point
from pipeline.containers.events import stream
from pipeline.model.question import Question, Way
from pipeline.model.run import Run, RunView
from pipeline.model.states import ApprovalState, RunKind, RunState, StageName, StageState
from tests.chaos.points import Points
from tests.integration.pipeline.stack import PATIENCE, Stack, installed


@pytest.fixture
async def stack(tmp_path, monkeypatch, postgres, images) -> AsyncIterator[Stack]:
    async with installed(tmp_path, monkeypatch, postgres, images) as stack:
        stack.start_worker()
        yield stack


def _is_at(view: RunView, stage: StageName) -> bool:
    row = view.stage(stage)
    assert not view.run.state.final, view.run.failure
    return row is not None and row.state is StageState.RUNNING


async def _cut(stack: Stack, run: Run, stage: StageName) -> None:
    """Another worker takes the place of the one that carries the run, in the middle of the stage."""
    await stack.until(run.id, lambda view: _is_at(view, stage))
    await stack.stop_worker()
    assert not (await stack.store.runs.get(run.id)).state.final
    stack.start_worker()


async def test_cut_in_the_tests_they_are_done_again(stack: Stack) -> None:
    stack.remote.edit("suite.py", "reports = ", "import time; time.sleep(2); reports = ")
    stack.remote.push("Slow tests")
    run = await stack.request(RunKind.DEPLOY)
    await _cut(stack, run, StageName.TEST)
    approval = await stack.plan(run.id)
    assert approval.plan.tests is not None
    assert approval.plan.tests.tests == 2
    assert [
        c.name
        for c in stack.client.containers.list(
            all=True, ignore_removed=True, filters={"name": _name(stack, run, "test")}
        )
    ] == []


async def test_cut_in_the_migration_it_is_waited_for_and_not_run_twice(stack: Stack) -> None:
    stack.remote.edit("migrate.py", "CODE = 0", "import time; time.sleep(4); CODE = 0")
    stack.remote.push("A slow migration")
    async with _starts(stack) as starts:
        run = await stack.request(RunKind.DEPLOY)
        approval = await stack.plan(run.id)
        assert await stack.store.approvals.answer(approval.nonce, ApprovalState.APPROVED, "tester")
        await _cut(stack, run, StageName.MIGRATE)
        view = await stack.end(run.id)
        assert view.run.state is RunState.SUCCEEDED, view.run.failure
        assert view.run.epoch == 2
        assert await starts(_name(stack, run, "migrate")) == 1
    assert (await stack.served())["version"] == "one"
    assert stack.containers(oneoff=True) == []


@pytest.fixture
async def held(
    points: Points,  # noqa: ARG001 - the switch is set before the worker starts
    tmp_path,
    monkeypatch,
    postgres,
    images,
) -> AsyncIterator[Stack]:
    """A stack whose worker tells of its points."""
    async with installed(tmp_path, monkeypatch, postgres, images) as stack:
        stack.remote.push("The first version")
        stack.start_worker()
        yield stack


async def _cut_at(stack: Stack, points: Points, stage: StageName, point: Point) -> Run:
    """A deploy of a new commit, approved, whose worker goes away at the point."""
    stack.remote.edit("app.py", 'VERSION = "one"', 'VERSION = "two"')
    stack.remote.push("The second version")
    reached = points.expect(stage, point)
    run = await stack.request(RunKind.DEPLOY)
    approval = await stack.plan(run.id)
    assert await stack.store.approvals.answer(approval.nonce, ApprovalState.APPROVED, "tester")
    async with asyncio.timeout(PATIENCE):
        await reached
    await stack.stop_worker()
    return run


async def _asked(stack: Stack, run: Run) -> Question:
    async with asyncio.timeout(PATIENCE), stack.store.news.subscribe() as news:
        while (question := await stack.store.questions.of_run(run.id)) is None:
            await news.wait(1)
    return question


async def test_a_migration_that_ended_before_its_result_was_written_is_not_run_again(
    held: Stack, points: Points
) -> None:
    assert (await held.deploy()).run.state is RunState.SUCCEEDED
    async with _starts(held) as starts:
        run = await _cut_at(held, points, StageName.MIGRATE, Point.ACTED)
        held.start_worker()
        view = await held.end(run.id)
        assert view.run.state is RunState.SUCCEEDED, view.run.failure
        assert await starts(_name(held, run, "migrate")) == 1
    assert (await held.served())["version"] == "two"
    assert held.containers(oneoff=True) == []


@pytest.mark.parametrize(
    ("way", "state", "version", "starts"),
    [
        (Way.AGAIN, RunState.SUCCEEDED, "two", 2),
        (Way.ON, RunState.SUCCEEDED, "two", 1),
        (Way.BACK, RunState.REVERTED, "one", 1),
    ],
)
async def test_a_migration_whose_end_nobody_knows_is_masters_to_judge(
    held: Stack, points: Points, way: Way, state: RunState, version: str, starts: int
) -> None:
    assert (await held.deploy()).run.state is RunState.SUCCEEDED
    async with _starts(held) as started:
        run = await _cut_at(held, points, StageName.MIGRATE, Point.ACTED)
        [container] = held.containers(oneoff=True)
        container.remove(force=True)
        held.start_worker()
        question = await _asked(held, run)
        assert (question.stage, question.answer) == (StageName.MIGRATE, None)
        assert (await held.store.runs.get(run.id)).state is RunState.RUNNING
        assert await held.store.questions.answer(question.nonce, Way.LEAVE, "tester") is None, "not offered"
        assert await held.store.questions.answer(question.nonce, way, "tester")
        assert await held.store.questions.answer(question.nonce, way, "tester") is None, "answered already"
        view = await held.end(run.id)
        assert view.run.state is state, view.run.failure
        assert (await held.served())["version"] == version
        assert await started(_name(held, run, "migrate")) == starts
    assert held.containers(oneoff=True) == []


async def test_production_that_somebody_changed_meanwhile_is_left_where_master_says_nothing(
    points: Points, tmp_path, monkeypatch, postgres, images
) -> None:
    async with installed(tmp_path, monkeypatch, postgres, images) as stack:
        stack.remote.push("The first version")
        stack.start_worker()
        assert (await stack.deploy()).run.state is RunState.SUCCEEDED
        run = await _cut_at(stack, points, StageName.STOP, Point.RECORDED)
        [app] = stack.containers()
        labels = {key: value for key, value in app.labels.items() if not key.endswith("config-hash")}
        app.remove(force=True)
        other = stack.client.containers.run(images.postgres, ["sleep", "600"], labels=labels, detach=True)
        stack.settings = stack.settings.model_copy(update={"approval_minutes": 0.05})
        stack.start_worker()
        view = await stack.end(run.id)
        assert view.run.state is RunState.FAILED
        assert view.run.failure is not None
        assert view.run.failure.what.startswith("The run was cut at stage start. Somebody changed production")
        assert view.run.failure.production.startswith("Production was left as it was found")
        other.reload()
        assert other.status == "running"


def _name(stack: Stack, run: Run, stage: str) -> str:
    return f"{stack.settings.compose_project_name}-run-{run.id}-{stage}"


Starts = Callable[[str], Awaitable[int]]


@contextlib.asynccontextmanager
async def _starts(stack: Stack) -> AsyncIterator[Starts]:
    """How often a container of a name was started since. Heard while it happens: Docker remembers 256 events,
    on a busy machine those of half a minute."""
    heard: list[tuple[str, str]] = []
    more, opened = asyncio.Event(), asyncio.Event()

    def hear(raw: Mapping[str, Any]) -> None:
        heard.append((raw["Actor"]["ID"], raw["Actor"]["Attributes"]["name"]))
        more.set()

    async def count(name: str) -> int:
        """Once the start of what serves is told, which comes after all of them."""
        [serving] = stack.containers()
        async with asyncio.timeout(PATIENCE):
            while serving.id not in [container for container, _ in heard]:
                more.clear()
                await more.wait()
        return [container for _, container in heard].count(name)

    filters = {
        "type": "container",
        "event": ["start"],
        "label": [f"com.docker.compose.project={stack.settings.compose_project_name}"],
    }
    async with stream(filters, quiet=600, on_event=hear, on_open=opened.set):
        async with asyncio.timeout(PATIENCE):
            await opened.wait()
        yield count
