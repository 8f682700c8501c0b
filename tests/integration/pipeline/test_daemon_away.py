"""A Docker daemon that hangs, goes and comes back, seen through a socket before the real one."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pipeline.containers.attended import attended
from pipeline.containers.engine import Engine, EngineUnreachable
from pipeline.containers.events import container_events
from pipeline.parts import equip
from pipeline.process import Command, CommandFailed, run
from pipeline.serving import look
from pipeline.settings import WorkerSettings
from tests.integration.pipeline.passage import Passage, passage
from tests.integration.pipeline.stack import SAMPLE

PATIENCE = 30.0

pytestmark = pytest.mark.filterwarnings(  # docker leaves the socket that it could not connect
    "ignore::pytest.PytestUnraisableExceptionWarning"
)

CANCELLED = """
import asyncio, sys
from pipeline.cancelling import end
from pipeline.containers.engine import Engine
from pipeline.containers.events import container_events

async def main():
    engine = Engine()

    async def calls():
        async with container_events(["deployment.run"]):
            await asyncio.gather(engine.stop("a"), engine.follow("b", print), engine.ping())

    task = asyncio.create_task(calls())
    await asyncio.to_thread(sys.stdin.readline)
    await end([task])
    print("cancelled", flush=True)

asyncio.run(main())
"""


@pytest.fixture
async def before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Passage]:
    monkeypatch.setattr("pipeline.containers.attended._OPEN_SECONDS", PATIENCE)
    monkeypatch.setattr("pipeline.containers.attended._NEWS_SECONDS", 1.0)
    monkeypatch.setattr(Engine.answers, "__defaults__", (PATIENCE,))
    async with passage(tmp_path) as before:
        monkeypatch.setenv("DOCKER_HOST", f"unix://{before.path}")
        yield before
    gc.collect()


@pytest.fixture
async def engine(before: Passage) -> AsyncIterator[Engine]:
    assert before.path.is_socket()
    engine = Engine()
    yield engine
    engine.close()


async def test_calls_that_hang_do_not_keep_the_process(before: Passage) -> None:
    before.hold = True
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", CANCELLED), stdin=-1, stdout=-1, stderr=-1, env={**os.environ}
    )
    async with asyncio.timeout(PATIENCE):
        await before.arrived.wait()
    began = time.monotonic()
    async with asyncio.timeout(PATIENCE):
        out, err = await process.communicate(b"\n")
    assert time.monotonic() - began < 30  # the call itself would hang for 60
    assert (process.returncode, out, err) == (0, b"cancelled\n", b"")


async def test_a_daemon_that_stays_was_never_lost(engine: Engine) -> None:
    async with attended(engine) as watch:
        assert not watch.went
        assert not await watch.lost()
    assert not watch.went


async def test_a_daemon_that_went_and_is_back_was_lost(engine: Engine, before: Passage) -> None:
    async with attended(engine) as watch:
        await engine.ping()
        await before.shut()
        await before.open()
        assert await watch.lost()
        assert watch.went
        assert await engine.back(PATIENCE)
        async with attended(engine) as again:
            assert not await again.lost()


@pytest.mark.parametrize("argv", [("docker", "ps"), ("docker", "events")])
async def test_a_command_that_failed_for_it_is_told_from_one_that_failed_by_itself(
    engine: Engine, before: Passage, argv: tuple[str, ...]
) -> None:
    async with attended(engine) as watch:
        with pytest.raises(CommandFailed):
            await run(Command(("docker", "no-such-command")), timeout=PATIENCE, check=True)
        assert not await watch.lost()
        running = asyncio.create_task(run(Command(argv), timeout=PATIENCE, check=True))
        if argv[1] == "events":
            before.arrived.clear()
            async with asyncio.timeout(PATIENCE):
                await before.arrived.wait()
        await before.shut()
        with pytest.raises(CommandFailed):
            await running
        await before.open()
        assert await watch.lost()


async def test_a_daemon_that_is_away_or_hangs_from_the_beginning(
    engine: Engine, before: Passage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await before.shut()
    async with attended(engine) as watch:
        assert watch.went
    monkeypatch.setattr("pipeline.containers.attended._OPEN_SECONDS", 0.5)
    before.hold = True
    await before.open()
    async with attended(engine) as watch:
        assert watch.went
    assert not await engine.answers(0.2)


async def test_waiting_for_a_daemon_ends_either_way(engine: Engine, before: Passage) -> None:
    await before.shut()
    with pytest.raises(EngineUnreachable):
        await engine.ping()
    assert not await engine.back(0.5)
    coming = asyncio.create_task(engine.back(PATIENCE))
    await asyncio.sleep(0.3)
    await before.open()
    assert await coming


async def test_events_of_a_daemon_that_goes_stay_silent(before: Passage) -> None:
    async with container_events(["deployment.run"]) as news:
        async with asyncio.timeout(PATIENCE):
            await before.arrived.wait()
        await before.shut()
        assert not news.is_set()


async def test_a_worker_before_a_daemon_that_hangs_goes_on_telling_that_it_lives(
    before: Passage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("DOCKER_IMAGE_BASE", "agent"), ("PYTHON_IMAGE", "python"), ("APP_PORT", "1")):
        monkeypatch.setenv(name, value)
    settings = WorkerSettings(
        db_password="unused",
        git_url=str(tmp_path),
        docker_compose_file=SAMPLE / "compose.yml",
        compose_project_name="vnext-test-hang",
        state_dir=tmp_path / "state",
    )
    async with equip(settings) as hands:
        assert (await look(hands)).problem is None
        await before.shut()
        before.hold = True
        await before.open()
        monkeypatch.setattr("pipeline.serving.LOOK_SECONDS", 0.5)
        async with asyncio.timeout(PATIENCE):
            seen = await look(hands)
    assert (seen.services, seen.problem) == ([], "Docker did not answer within 0.5 s.")
