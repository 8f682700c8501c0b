"""SIGTERM in the middle of what a stage does: the worker ends soon and well, and another one goes on."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from pipeline.containers.compose import Compose, find_program
from pipeline.model.run import RunView
from pipeline.model.states import ApprovalState, RunKind, RunState, StageName, StageState
from pipeline.process import run as run_command
from tests.integration.pipeline.stack import PATIENCE, Stack, installed

ENDS_WITHIN = 25.0
SLOW_TO_STOP = """
services:
  app:
    image: {image}
    command: [sh, -c, "trap 'sleep 6; exit 0' TERM; while :; do sleep 0.1; done"]
    labels: {{deployment.group: agent}}
"""
CUT_AT = {
    StageName.BUILD: "RUN sleep",
    StageName.STOP: "stopping app",
    StageName.MIGRATE: "migrating",
    StageName.WAIT: "waiting for app",
}


@pytest.fixture
async def stack(tmp_path: Path, monkeypatch: Any, postgres: Any, images: Any) -> AsyncIterator[Stack]:
    """Something serves that takes six seconds to stop; what is to be deployed takes its time as well."""
    async with installed(tmp_path, monkeypatch, postgres, images) as stack:
        compose_file = stack.directory / "compose.yml"
        compose_file.write_text(SLOW_TO_STOP.format(image=images.python))
        name = stack.settings.compose_project_name
        compose = Compose(program=await find_program(), project=name, directory=stack.directory)
        await run_command(compose.up([compose_file], ["app"]), timeout=PATIENCE, check=True)
        stack.remote.edit("compose.yml", "  test: {target: test}\n", "")
        stack.remote.edit(
            "Dockerfile", "COPY app.py", f"RUN sleep 8 && echo {name} {time.time()}\nCOPY app.py"
        )
        stack.remote.edit("migrate.py", "CODE = 0", "CODE = 0; import time")
        stack.remote.edit("migrate.py", "sys.exit(CODE)", "sys.stdout.flush(); time.sleep(8)\nsys.exit(CODE)")
        stack.remote.edit("app.py", "else:\n", "else:\n    __import__('time').sleep(6)\n")
        stack.remote.push("A version that takes its time")
        yield stack


async def _worker(stack: Stack) -> asyncio.subprocess.Process:
    chosen = {
        key.upper(): value.get_secret_value() if isinstance(value, SecretStr) else str(value)
        for key, value in stack.settings.model_dump().items()
        if value is not None
    }
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pipeline", "worker"),
        env={**os.environ, **chosen},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def _told_to_end(worker: asyncio.subprocess.Process) -> float:
    """Seconds from SIGTERM to its end, which is a good one."""
    began = time.monotonic()
    worker.send_signal(signal.SIGTERM)
    async with asyncio.timeout(PATIENCE):
        _, err = await worker.communicate()
    assert worker.returncode == 0, err.decode()
    assert err.decode().splitlines()[-1] == "Stopped; a run under way goes on at the next start."
    assert "Traceback" not in err.decode()
    return time.monotonic() - began


def _is_told(view: RunView, stage: StageName) -> bool:
    assert not view.run.state.final, view.run.failure
    row = view.stage(stage)
    return row is not None and row.state is StageState.RUNNING and CUT_AT[stage] in (row.last_line or "")


async def test_told_to_end_in_stage_after_stage_the_run_goes_on(stack: Stack) -> None:
    worker = await _worker(stack)
    seconds: dict[StageName, float] = {}
    try:
        run = await stack.request(RunKind.DEPLOY)
        for stage in CUT_AT:
            await stack.until(run.id, lambda view, stage=stage: _is_told(view, stage))
            seconds[stage] = await _told_to_end(worker)
            assert not (await stack.store.runs.get(run.id)).state.final
            worker = await _worker(stack)
            if stage is StageName.BUILD:
                approval = await stack.plan(run.id)
                assert await stack.store.approvals.answer(approval.nonce, ApprovalState.APPROVED, "tester")
        view = await stack.end(run.id)
        await _told_to_end(worker)
    finally:
        if worker.returncode is None:
            worker.kill()
            await worker.communicate()
    assert view.run.state is RunState.SUCCEEDED, view.run.failure
    assert view.run.epoch == len(CUT_AT) + 1
    assert {stage: taken for stage, taken in seconds.items() if taken > ENDS_WITHIN} == {}
    assert (await stack.served() or {})["version"] == "one"
    assert stack.containers(oneoff=True) == []
