"""`rollback --local` as a person runs it: a process of its own, with PostgreSQL and the worker away."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from pipeline.model.run import RunView
from pipeline.model.states import ApprovalState, ExitCode, RunKind, RunState, Source, StageName, StageState
from tests.integration.pipeline.stack import PATIENCE, Stack, installed
from tests.ports import free_port

ROOT = Path(__file__).parents[3]
REVISION = "org.opencontainers.image.revision"
WITHOUT_DATABASE = (
    """    command: [sh, -c, "[ -e /tmp/db ] || sed -i 's/HEALTHY = True/HEALTHY = False/' app.py;"""
    """ exec python app.py"]\n    labels:"""
)
DIES = '    command: [python, -c, "raise SystemExit(1)"]\n    labels:'


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


@pytest.fixture
async def stack(tmp_path, monkeypatch, postgres, images) -> AsyncIterator[Stack]:
    async with installed(tmp_path, monkeypatch, postgres, images, deployment_timeout=60) as stack:
        stack.remote.edit("compose.yml", "  test: {target: test}\n", "")
        stack.start_worker()
        yield stack


@contextlib.asynccontextmanager
async def _started(stack: Stack, *words: str, **changes: Any) -> AsyncIterator[asyncio.subprocess.Process]:
    env = dict(os.environ)
    for name, value in {**stack.settings.model_dump(), **changes}.items():
        if value is not None:
            env[name.upper()] = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pipeline", "rollback", "--local", *words),
        cwd=ROOT,
        env=env,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _roll_back(stack: Stack, *words: str, **changes: Any) -> Done:
    async with asyncio.timeout(PATIENCE), _started(stack, *words, **changes) as process:
        out, err = await process.communicate()
    assert process.returncode is not None
    return Done(process.returncode, out.decode(), err.decode())


async def _cut_at_stop(stack: Stack, signal: str, **changes: Any) -> Done:
    """Ended as soon as it says that it stops the services."""
    async with asyncio.timeout(PATIENCE), _started(stack, "--yes", **changes) as process:
        assert process.stdout is not None
        while b"stopping app" not in (line := await process.stdout.readline()):
            assert line, (await process.communicate())[1].decode()
        getattr(process, signal)()
        async with asyncio.timeout(60):
            out, err = await process.communicate()
    assert process.returncode is not None
    return Done(process.returncode, out.decode(), err.decode())


def _next_version(stack: Stack, before: str, after: str) -> str:
    stack.remote.edit("app.py", f'VERSION = "{before}"', f'VERSION = "{after}"')
    return stack.remote.push(f"Version {after}")


def _tagged(stack: Stack) -> dict[str, str]:
    name = stack.settings.compose_project_name
    tags = ("live", "rollback")
    return {tag: stack.client.images.get(f"{name}:{tag}").labels[REVISION] for tag in tags}


def _kept(stack: Stack, view: RunView) -> Path:
    releases = stack.settings.state_dir / "releases" / stack.settings.project_name
    return releases / f"run-{view.run.id}" / "compose.yml"


async def _by_hand(stack: Stack) -> list[RunView]:
    runs = await stack.store.runs.recent(stack.project.id, 50)
    mine = [run for run in runs if run.kind is RunKind.ROLLBACK and run.source is Source.CLI]
    return [await stack.store.runs.view(run.id) for run in reversed(mine)]


async def _told(stack: Stack, count: int) -> RunView:
    """The newest of `count` rollbacks that the journal knows."""
    async with asyncio.timeout(PATIENCE), stack.store.news.subscribe() as news:
        while len(found := await _by_hand(stack)) < count:
            await news.wait(1)
    assert len(found) == count
    return found[-1]


async def test_without_worker_and_postgres(stack: Stack) -> None:
    """Two releases, and everything that can be asked for with them; the journal is told of it bit by bit."""
    stack.remote.edit("compose.yml", "  migrate: {command: [python, migrate.py]}\n", "")
    first = stack.remote.push("Version one")
    one = await stack.deploy()
    assert one.run.state is RunState.SUCCEEDED, one.run.failure
    second = _next_version(stack, "one", "two")
    two = await stack.deploy()
    assert two.run.state is RunState.SUCCEEDED, two.run.failure

    await _is_refused_beside_a_worker(stack)
    await stack.stop_worker()
    await _is_asked_for_and_cut_and_goes_on(stack, one, two)
    stack.start_worker()
    await _is_told_to_the_journal(stack, one, two)
    await stack.stop_worker()

    good = _kept(stack, two).read_text()
    await _what_was_in_place_comes_back(stack, two, good, [first, second])
    await _stays_unproven_and_is_proven_later(stack, two, good)
    _kept(stack, two).write_text(good)

    third = _next_version(stack, "two", "three")
    three = await stack.deploy()
    assert three.run.state is RunState.SUCCEEDED, three.run.failure
    assert _tagged(stack) == {"live": third, "rollback": second}
    await stack.stop_worker()
    await _is_finished_by_a_worker(stack, second)
    await stack.stop_worker()
    await _cannot_go_to_an_image_that_is_gone(stack, third)


async def _is_refused_beside_a_worker(stack: Stack) -> None:
    done = await _roll_back(stack, "--yes")
    assert done.code == ExitCode.HELD, done
    assert "The project is held by worker on " in done.err
    assert " UTC, at no run. Nothing was done here" in done.err


async def _is_asked_for_and_cut_and_goes_on(stack: Stack, one: RunView, two: RunView) -> None:
    away, goal = {"db_port": free_port()}, one.run.sha[:7]
    done = await _roll_back(stack, **away)
    assert done.code == ExitCode.NOT_APPROVED, done
    assert f"Comes back: {goal} (release {one.run.release_id}, went live " in done.out
    assert "PostgreSQL does not answer, so it is not known which schema the data has." in done.out
    assert "There is no terminal" in done.err
    assert (await stack.served())["version"] == "two"

    done = await _cut_at_stop(stack, "terminate", **away)
    assert done.code == ExitCode.DEPLOY_FAILED, done
    assert re.search(rf"The rollback to {goal} was stopped at stage (stop|start|wait)\b", done.err), done
    assert "Run the same command again: it goes on." in done.err

    done = await _roll_back(stack, "--yes", **away)
    assert done.code == ExitCode.SUCCESS, done
    assert "Goes on:    the one that " in done.out
    assert f"Rolled back: {goal} serves now and passed its checks." in done.out
    assert "The journal was not told yet" in done.out
    assert (await stack.served())["version"] == "one"
    assert _tagged(stack) == {"live": one.run.sha, "rollback": two.run.sha}
    assert await _by_hand(stack) == []


async def _is_told_to_the_journal(stack: Stack, one: RunView, two: RunView) -> None:
    view = await _told(stack, 1)
    run = view.run
    assert (run.state, run.exit_code, run.sha) == (RunState.SUCCEEDED, ExitCode.SUCCESS, one.run.sha)
    assert (run.release_id, run.live_release_id) == (one.run.release_id, two.run.release_id)
    assert {row.name: row.state for row in view.stages} == dict.fromkeys(
        (StageName.APPROVE, StageName.STOP, StageName.START, StageName.WAIT, StageName.SMOKE),
        StageState.SUCCEEDED,
    )
    project = await stack.store.releases.project_by_id(stack.project.id)
    assert (project.live_release_id, project.previous_release_id) == (one.run.release_id, two.run.release_id)
    audited = await stack.store.pool.fetch("SELECT actor FROM audit WHERE action = 'rollback --local'")
    assert [row["actor"] for row in audited] == [run.requested_by]
    assert "@" in run.requested_by


async def _what_was_in_place_comes_back(stack: Stack, two: RunView, good: str, shas: list[str]) -> None:
    first, second = shas
    _kept(stack, two).write_text(good.replace("    labels:", DIES))
    done = await _roll_back(stack, "--yes")
    assert done.code == ExitCode.DEPLOY_FAILED, done
    assert (
        f"The release from before, {first[:7]}, was brought back, passed its checks and serves." in done.err
    )
    assert "The journal knows it as run " in done.out
    assert (await stack.served())["version"] == "one"
    assert _tagged(stack) == {"live": first, "rollback": second}
    view = await _told(stack, 2)
    assert (view.run.state, view.run.failure.stage) == (RunState.REVERTED, StageName.WAIT)


async def _stays_unproven_and_is_proven_later(stack: Stack, two: RunView, good: str) -> None:
    _kept(stack, two).write_text(good.replace("    labels:", WITHOUT_DATABASE))
    goal = two.run.sha[:7]
    done = await _roll_back(stack, "--yes", goal, db_port=free_port())
    assert done.code == ExitCode.SMOKE_FAILED, done
    assert "PostgreSQL does not answer, so nothing could be proven: Smoke test failed" in done.err
    assert f"{goal} was started and stays" in done.err
    served = await stack.served()
    assert (served["version"], served["status"]) == ("two", "down")
    [container] = stack.containers()
    container.exec_run(["sh", "-c", "touch /tmp/db; sed -i 's/HEALTHY = False/HEALTHY = True/' app.py"])
    container.restart()
    stack.start_worker()
    view = await _told(stack, 3)
    assert (view.run.state, view.run.sha) == (RunState.SUCCEEDED, two.run.sha)


async def _is_finished_by_a_worker(stack: Stack, second: str) -> None:
    assert (await _cut_at_stop(stack, "kill", db_port=free_port())).code < 0
    stack.start_worker()
    view = await _told(stack, 4)
    assert (view.run.state, view.run.sha) == (RunState.SUCCEEDED, second)
    assert (await stack.served())["version"] == "two"


async def _cannot_go_to_an_image_that_is_gone(stack: Stack, third: str) -> None:
    [before] = stack.containers()
    stack.client.images.remove(_image(stack, third), force=True, noprune=True)
    done = await _roll_back(stack, "--yes")
    assert done.code == ExitCode.DEPLOY_FAILED, done
    assert f"{third[:7]} (release " in done.err
    assert "cannot come back: the image of app is gone. Production was not touched" in done.err
    [after] = stack.containers()
    assert (after.id, after.attrs["State"]["StartedAt"]) == (before.id, before.attrs["State"]["StartedAt"])


async def test_a_deploy_that_was_cut_does_not_go_on_over_it(stack: Stack) -> None:
    first = stack.remote.push("Version one")
    one = await stack.deploy()
    assert one.run.state is RunState.SUCCEEDED, one.run.failure
    stack.remote.edit("migrate.py", "CODE = 0", "import time; time.sleep(600); CODE = 0")
    _next_version(stack, "one", "two")
    run = await stack.request(RunKind.DEPLOY)
    approval = await stack.plan(run.id)
    assert await stack.store.approvals.answer(approval.nonce, ApprovalState.APPROVED, "tester")
    await stack.until(run.id, lambda _: any(c.status == "running" for c in stack.containers(oneoff=True)))
    await stack.stop_worker()
    assert not (await stack.store.runs.get(run.id)).state.final

    done = await _roll_back(stack, "--yes")
    assert done.code == ExitCode.SUCCESS, done
    assert "which a run that was cut has left" in done.out
    [by_hand] = await _by_hand(stack)
    assert f"The journal knows it as run {by_hand.run.id}." in done.out
    assert (await stack.served())["version"] == "one"
    assert stack.containers(oneoff=True) == []
    cut = await stack.store.runs.get(run.id)
    assert (cut.state, cut.exit_code) == (RunState.REVERTED, ExitCode.DEPLOY_FAILED)
    assert cut.failure is not None
    assert cut.failure.stage is StageName.MIGRATE
    assert f"rolled back to {first[:7]} on the command line, which took its place" in cut.failure.what
    assert await stack.store.runs.active(stack.project.id) is None
    project = await stack.store.releases.project_by_id(stack.project.id)
    assert (project.live_release_id, project.previous_release_id) == (one.run.release_id, None)


def _image(stack: Stack, sha: str) -> str:
    labels = {"label": [f"deployment.project={stack.settings.compose_project_name}", f"{REVISION}={sha}"]}
    [image] = stack.client.images.list(filters=labels)
    return str(image.id)
