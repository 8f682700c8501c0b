"""`rollback --local` of the controller: beside its living worker, and in the middle of a hand-over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from demo.machine.images import Images
from pipeline.model.release import RunId
from pipeline.model.run import Run, RunView
from pipeline.model.states import ExitCode, RunKind, RunState, StageName, StageState
from tests.integration.hand_over.stack import PATIENCE, Stack, installed

INSIDE = ("exec", "-T", "worker")
BESIDE = ("run", "-T", "--rm", "--no-deps", "worker")
ROLL_BACK = ("python", "-m", "pipeline", "rollback", "--project", "controller", "--local", "--yes")


@pytest.fixture
async def stack(tmp_path: Path, images: Images, base: str) -> AsyncIterator[Stack]:
    """Its smoke test asks a pair that is not well so often that a command can begin meanwhile."""
    async with installed(tmp_path, images, base, SMOKE_ATTEMPTS="60") as found:
        yield found


def _proving(view: RunView) -> bool:
    assert not view.run.state.final, view.run.failure
    return any(row.name is StageName.SMOKE and row.state is StageState.RUNNING for row in view.stages)


async def test_it_takes_the_place_of_a_hand_over_under_way(stack: Stack) -> None:
    code, said = await asyncio.to_thread(stack.command, *INSIDE, *ROLL_BACK)
    assert code == ExitCode.DEPLOY_FAILED, said
    assert f"This runs in {stack.name}-worker-1, which has to be stopped for it." in said

    before = {service: stack.containers(service)[0].image.id for service in ("bot", "worker")}
    stack.remote.edit(
        "docker-compose-vnext.yml",
        'command: ["python", "-m", "bot"]\n',
        'command: ["python", "-m", "bot"]\n    environment: {TELEGRAM_API_URL: "http://127.0.0.1:1"}\n',
    )
    stack.remote.write("more/version", "two")
    stack.remote.push("A bot that reaches nobody")
    number = await stack.approved()
    await stack.until(number, _proving)

    code, said = await asyncio.to_thread(stack.command, *BESIDE, *ROLL_BACK)

    assert code == ExitCode.SUCCESS, said
    for name in ("bot-1", "worker-1", f"run-{number}-guard", f"run-{number}-hand-over"):
        assert f"{stack.name}-{name}" in said
    assert {service: stack.containers(service)[0].image.id for service in before} == before
    cut = await stack.end(number)
    assert cut.run.failure is not None
    assert "on the command line, which took its place" in cut.run.failure.what
    told = await _next(stack, number)
    assert (told.kind, told.state) == (RunKind.ROLLBACK, RunState.SUCCEEDED)
    await stack.tidy()

    told = await _cut_after(stack, told, "2099-01-01", "STOP", 4)
    assert told.state is RunState.VOIDED
    assert told.failure is not None
    assert "bot and worker were started before it had one" in told.failure.what
    told = await _cut_after(stack, told, "2099-01-02", "START", 6)
    assert told.state is RunState.SUCCEEDED, told.failure


async def _next(stack: Stack, number: RunId) -> Run:
    """The newest run, once it is not that one any more."""
    async with asyncio.timeout(PATIENCE), stack.store.news.subscribe() as news:
        while (newest := (await stack.store.runs.recent(stack.project.id, 1))[0]).id == number:
            await news.wait(1)
    return newest


async def _cut_after(stack: Stack, told: Run, day: str, stage: str, lines: int) -> Run:
    """What a worker that is started by hand makes of that rollback, as if it had been cut in the middle of
    the stage: its file with no more lines than that, named for the day. The days have to go up: a run is
    told before its file is put away, and the older one of two files has no end any more."""
    script = (
        "cd /var/lib/vnext/journal/local-controller && until ls done/*.jsonl; do sleep 0.2; done"
        f' && head -n {lines} "done/$(ls done | head -n 1)" > {day}.jsonl && tail -n 1 {day}.jsonl'
    )
    code, said = await asyncio.to_thread(stack.command, *INSIDE, "sh", "-c", script)
    assert code == 0, said
    assert f'"stage": "{stage.lower()}", "state": "running"' in said
    before = {one.id for service in ("bot", "worker") for one in stack.containers(service)}

    assert (await asyncio.to_thread(stack.command, "restart", "worker"))[0] == 0

    newest = await _next(stack, told.id)
    after = [one for service in ("bot", "worker") for one in stack.containers(service)]
    assert {one.id for one in after} == before
    assert {one.status for one in after} == {"running"}
    return newest
