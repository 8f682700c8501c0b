"""Commands of smoke checks in real containers: what they answer, and that nothing of them stays behind."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import docker
import pytest

from pipeline.containers.engine import Engine
from pipeline.containers.inside import inside
from pipeline.model.checks import OwnCheck
from pipeline.model.errors import PipelineError
from pipeline.process import CommandTimedOut, run
from pipeline.smoke import Ran
from pipeline.stages.inside import ways

PATIENCE = 30.0


@pytest.fixture
def project() -> str:
    return f"vnext-test-{secrets.token_hex(4)}"


@pytest.fixture
def containers(images, project: str) -> Iterator[dict[str, Any]]:
    """`app` is like any other; in `bare` no program is found by its name."""
    client = docker.from_env()
    found = {}
    try:
        for service, environment in (("app", {}), ("bare", {"PATH": "/nowhere"})):
            labels = {"project": project, "service": service, "oneoff": "False"}
            found[service] = client.containers.run(
                images.python,
                ["/bin/sleep", "600"],
                environment=environment,
                labels={f"com.docker.compose.{key}": value for key, value in labels.items()},
                init=True,
                detach=True,
            )
        yield found
    finally:
        for container in found.values():
            container.remove(force=True)
        client.close()


async def execute(project: str, *command: str, service: str = "app", within_ms: int = 10_000) -> Ran:
    engine = Engine()
    hands: Any = SimpleNamespace(engine=engine, compose=SimpleNamespace(project=project), redact=None)
    app: Any = SimpleNamespace(names=["app"])
    check = OwnCheck(name="own", command=command, service=service, within_ms=within_ms)
    try:
        return await ways(hands, app).execute(check)
    finally:
        engine.close()


def commands(container: Any) -> list[str]:
    return [row[-1] for row in container.top(ps_args="-o pid,args")["Processes"]]


@pytest.mark.usefixtures("containers")
async def test_a_command_answers_with_its_exit_code_and_last_line(project: str) -> None:
    ran = await execute(project, "sh", "-c", "echo one; echo 'two $HOME' >&2; exit 3")
    assert (ran.exit_code, ran.last) == (3, "two $HOME")
    assert (await execute(project, "echo", "; exit 4")).last == "; exit 4"
    assert (await execute(project, "no-such-program")).exit_code == 127


async def test_a_command_that_hangs_is_ended_inside_with_what_it_started(containers, project: str) -> None:
    ran = await execute(project, "sh", "-c", "sleep 301 & sleep 302", within_ms=900)
    assert ran.exit_code is None
    assert [c for c in commands(containers["app"]) if "sleep 30" in c] == []


async def test_a_command_ends_also_where_its_client_was_ended(containers) -> None:
    container = containers["app"]
    with pytest.raises(CommandTimedOut):
        await run(inside(container.id, ["sleep", "303"], seconds=2), timeout=1)
    deadline = time.monotonic() + PATIENCE
    while any("sleep 303" in command for command in commands(container)):
        assert time.monotonic() < deadline
        time.sleep(0.1)  # noqa: ASYNC251 - nothing else runs


async def test_where_a_command_cannot_be_bounded_or_run_it_is_said(containers, project: str) -> None:
    with pytest.raises(PipelineError, match=r"^The image of bare has no program named timeout, "):
        await execute(project, "/bin/true", service="bare")
    await asyncio.to_thread(containers["bare"].stop, timeout=0)
    with pytest.raises(PipelineError, match=r"^No container of bare runs\."):
        await execute(project, "/bin/true", service="bare")
