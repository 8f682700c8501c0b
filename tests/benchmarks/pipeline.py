"""A whole deploy against the same raw commands, run by hand one after another.

`ratio` is the deploy's time over theirs, measured in the same run of this benchmark: below 1 through
running side by side. `overhead` is for how many seconds of a deploy no stage was at work.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import time
from datetime import datetime
from pathlib import Path

import pytest

from demo.machine.compose import compose_command
from demo.machine.images import ensure_images
from pipeline.model.run import RunView
from pipeline.model.states import RunState
from tests.integration.pipeline.stack import Stack, installed
from tests.postgres_server import PostgresServer, running_postgres

ROUNDS = 3


async def main() -> None:
    images = ensure_images()
    with (
        running_postgres(images.postgres) as postgres,
        tempfile.TemporaryDirectory(prefix="vnext-bench-") as folder,
        pytest.MonkeyPatch.context() as patch,
    ):
        async with installed(Path(folder), patch, postgres, images) as stack:
            await _measure(stack, postgres)


async def _measure(stack: Stack, postgres: PostgresServer) -> None:
    stack.start_worker()
    stack.remote.push("The first version")
    await _deployed(stack)
    ours, theirs, overheads = [], [], []
    for number in range(ROUNDS):
        _commit(stack, f"ours {number}")
        began = time.monotonic()
        view = await _deployed(stack)
        ours.append(time.monotonic() - began)
        overheads.append(_idle(view))
        _commit(stack, f"theirs {number}")
        theirs.append(_by_hand(stack, postgres))
        print(f"round {number + 1}: deploy {ours[-1]:.1f} s, raw commands {theirs[-1]:.1f} s", flush=True)
    ratio = statistics.median(ours) / statistics.median(theirs)
    print(f"pipeline: ratio={ratio:.2f} overhead={statistics.median(overheads):.2f}")


def _commit(stack: Stack, subject: str) -> None:
    """A commit that lets nothing be taken from the builder's cache but the base."""
    path = stack.remote.clone / "app.py"
    path.write_text(f"{path.read_text()}\n# {subject}\n")
    stack.remote.push(subject)


async def _deployed(stack: Stack) -> RunView:
    view = await stack.deploy()
    assert view.run.state is RunState.SUCCEEDED, view.run.failure
    return view


def _idle(view: RunView) -> float:
    spans = sorted(
        (row.started_at, row.finished_at) for row in view.stages if row.started_at and row.finished_at
    )
    busy, end = 0.0, datetime.min.replace(tzinfo=spans[0][0].tzinfo)
    for start, finish in spans:
        busy += max(0.0, (finish - max(start, end)).total_seconds())
        end = max(end, finish)
    assert view.run.finished_at is not None
    return (view.run.finished_at - view.run.requested_at).total_seconds() - busy


def _by_hand(stack: Stack, postgres: PostgresServer) -> float:
    """The road's commands as a person would type them, each when the one before has ended."""
    settings = stack.settings
    clone, name = stack.directory.parent / "by-hand", settings.compose_project_name
    if not clone.exists():
        subprocess.run(["git", "clone", "-q", stack.remote.bare, clone], check=True)
    arg = ["--build-arg", f"PYTHON_IMAGE={os.environ['PYTHON_IMAGE']}"]
    exec_dump = ["docker", "exec", "-e", f"PGPASSWORD={postgres.password}", postgres.container_id]
    compose = [
        *compose_command(),
        "-p",
        name,
        "--project-directory",
        str(stack.directory),
        "-f",
        str(clone / "compose.yml"),
    ]
    label = ["--label", f"deployment.project={name}"]
    commands = [
        ["git", "-C", str(clone), "pull", "-q"],
        [
            *exec_dump,
            "pg_dump",
            "-h",
            "127.0.0.1",
            "-U",
            postgres.user,
            "-Fc",
            "-f",
            "/tmp/hand.dump",
            settings.db_name,
        ],
        ["docker", "build", "-q", *arg, *label, "--target", "test", "-t", f"{name}:test", str(clone)],
        ["docker", "run", "--rm", f"{name}:test"],
        ["docker", "build", "-q", *arg, *label, "-t", f"{name}:live", str(clone)],
        [*compose, "stop", "app"],
        [*compose, "run", "--rm", "--no-deps", "app", "python", "migrate.py"],
        [*compose, "up", "-d", "--no-build", "--pull", "never", "--wait", "app"],
        ["curl", "-fsS", f"{settings.api_url}/health"],
    ]
    began = time.monotonic()
    for command in commands:
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, (command, done.stderr)
    return time.monotonic() - began
