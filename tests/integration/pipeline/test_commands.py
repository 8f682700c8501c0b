"""`python -m pipeline` as processes: exit codes, sentences, and a clean end."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from pipeline.model.release import Observation
from pipeline.model.states import RunKind, RunState
from tests.integration.pipeline.stack import Stack, installed

ENDS_WITHIN = 25.0  # Docker would kill it after 30
PATIENCE = 60.0


@pytest.fixture
async def stack(tmp_path: Path, monkeypatch: Any, postgres: Any, images: Any) -> AsyncIterator[Stack]:
    async with installed(tmp_path, monkeypatch, postgres, images) as stack:
        stack.remote.push("The first version")
        yield stack


async def _start(stack: Stack, command: str, **changes: str) -> asyncio.subprocess.Process:
    chosen = {
        key.upper(): value.get_secret_value() if isinstance(value, SecretStr) else str(value)
        for key, value in stack.settings.model_dump().items()
        if value is not None
    }
    of_its_own = stack.directory.parent / "tmp"  # a worker tells what killed processes left in the shared one
    of_its_own.mkdir(exist_ok=True)
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pipeline", command),
        env={**os.environ, "TMPDIR": str(of_its_own), **chosen, **changes},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def _ended(process: asyncio.subprocess.Process, within: float = PATIENCE) -> tuple[int, str, str]:
    try:
        async with asyncio.timeout(within):
            out, err = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.communicate()
        raise
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def _run(stack: Stack, command: str, **changes: str) -> tuple[int, str, str]:
    return await _ended(await _start(stack, command, **changes))


async def _seen(stack: Stack) -> Observation:
    """The first look of a worker at production."""
    async with asyncio.timeout(PATIENCE):
        while (seen := await stack.store.releases.observation(stack.project.id)) is None:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    return seen


async def test_check_says_what_a_run_would_switch(stack: Stack) -> None:
    tip = stack.remote.git("rev-parse", "HEAD")
    assert await _run(stack, "check") == (0, f"Runs switch: app\nBranch main is at {tip[:7]}\n", "")


async def test_check_names_what_is_wrong(stack: Stack, tmp_path: Path) -> None:
    code, out, err = await _run(stack, "check", GIT_BRANCH="no-such")
    assert (code, out) == (64, "")
    assert err == (
        "GIT_BRANCH is 'no-such'; allowed: a branch of GIT_URL: main."
        " Nothing was started. Correct GIT_BRANCH and start again.\n"
    )
    code, _, err = await _run(stack, "check", DEPLOYMENT_GROUP="agents")
    assert code == 64
    assert "allowed: a deployment.group label of the compose file: agent." in err
    code, _, err = await _run(stack, "check", DOCKER_COMPOSE_FILE=str(tmp_path / "missing.yml"))
    assert code == 64
    assert err.startswith(f"DOCKER_COMPOSE_FILE is {tmp_path / 'missing.yml'}; allowed: the path of")
    (tmp_path / "file").write_text("in the way")
    code, _, err = await _run(stack, "check", STATE_DIR=str(tmp_path / "file"))
    assert code == 64
    assert "allowed: a writable directory." in err
    broken = stack.directory / "compose.yml"
    broken.write_text("services: [not, a, mapping]\n")
    code, _, err = await _run(stack, "check")
    assert code == 64
    assert err.startswith("DOCKER_COMPOSE_FILE is ")
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("command", "change", "sentence"),
    [
        ("check", {"DB_PORT": "1"}, "The journal "),
        ("health", {"DB_PORT": "1"}, "The journal "),
        ("worker", {"DB_PORT": "1"}, "The journal "),
        ("health", {"PIPELINE_DB_NAME": "not_there"}, "The journal "),
        ("check", {"DOCKER_HOST": "unix:///nowhere/docker.sock"}, "Docker does not answer: "),
        ("worker", {"DOCKER_HOST": "unix:///nowhere/docker.sock"}, "Docker does not answer: "),
    ],
)
async def test_a_helper_that_is_away_is_3(
    stack: Stack, command: str, change: dict[str, str], sentence: str
) -> None:
    code, out, err = await _run(stack, command, **change)
    assert (code, out) == (3, "")
    assert err.startswith(sentence)
    assert "Traceback" not in err
    assert stack.settings.db_password.get_secret_value() not in err


@pytest.mark.parametrize("command", ["check", "health", "worker"])
async def test_a_wrong_setting_is_64_before_anything_starts(stack: Stack, command: str) -> None:
    code, out, err = await _run(stack, command, DB_PORT="postgres")
    assert (code, out) == (64, "")
    assert err == (
        "DB_PORT is 'postgres'; allowed: a whole number."
        " Nothing was started. Correct DB_PORT and start again.\n"
    )


async def test_health_is_whether_the_worker_looks(stack: Stack, postgres: Any) -> None:
    assert await _run(stack, "health") == (3, "", "The worker last told something never.\n")
    code, out, err = await _run(stack, "health", PIPELINE_DB_NAME=await postgres.create_database())
    assert (code, out) == (3, "")
    assert err == "The worker last told something never.\n"
    worker = await _start(stack, "worker")
    try:
        seen = await _seen(stack)
        assert await _run(stack, "health") == (0, "", "")
    finally:
        worker.send_signal(signal.SIGTERM)
        await _ended(worker)
    await stack.store.releases.observe(stack.project.id, replace(seen, at=seen.at - timedelta(seconds=300)))
    code, _, err = await _run(stack, "health")
    assert code == 3
    assert int(err.removeprefix("The worker last told something ").removesuffix(" s ago.\n")) >= 300


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_an_idle_worker_ends_at_once_and_well(stack: Stack, number: signal.Signals) -> None:
    worker = await _start(stack, "worker")
    seen = await _seen(stack)
    assert (seen.services, seen.problem) == ([], None)
    worker.send_signal(number)
    code, out, err = await _ended(worker, ENDS_WITHIN)
    assert (code, out) == (0, "")
    *logged, last = err.splitlines()
    assert last == "Stopped; a run under way goes on at the next start."
    assert [json.loads(line)["event"] for line in logged] == ["worker_ready"]


async def test_a_worker_that_is_told_to_end_while_it_starts_ends_too(stack: Stack) -> None:
    worker = await _start(stack, "worker")
    await asyncio.sleep(1.5)
    worker.send_signal(signal.SIGTERM)
    code, _, err = await _ended(worker, ENDS_WITHIN)
    assert code in (0, -signal.SIGTERM)  # before Python has its handlers, the signal itself ends it
    assert "Traceback" not in err


async def test_a_worker_process_carries_a_run_out(stack: Stack) -> None:
    worker = await _start(stack, "worker")
    try:
        run = await stack.request(RunKind.BACKUP)
        view = await stack.end(run.id)
        assert view.run.state is RunState.SUCCEEDED, view.run.failure
    finally:
        worker.send_signal(signal.SIGTERM)
        code, _, err = await _ended(worker, ENDS_WITHIN)
    assert code == 0
    assert stack.settings.db_password.get_secret_value() not in err
