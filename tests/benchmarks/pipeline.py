"""A whole deploy against the same raw commands, run by hand one after another.

The application has a database of some 350 MB, tests that wait and work for some seconds, and a build with a
step of some seconds that no cache has. `ratio` is the deploy's time, from asking for it to its end without
the wait for the approval, over theirs, measured in turn: below 1 through running side by side. `overhead` is
for how many seconds of a deploy no stage was at work. What each stage took, and what the same by hand did, is
told above the last line.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import asyncpg
import pytest

from demo.machine.compose import compose_command
from demo.machine.images import ensure_images
from pipeline.model.run import RunView
from pipeline.model.states import RunState
from tests.integration.pipeline.stack import Stack, installed
from tests.postgres_server import PostgresServer, running_postgres

ROUNDS = 3
ROWS = 1_200_000  # of some 290 bytes each
COMMAND_SECONDS = 300.0

FILL = """
CREATE TABLE message AS
SELECT n AS id, md5(n::text) || md5((n + 1)::text) || md5((n + 2)::text) || repeat(' an answer', 15) AS text
FROM generate_series(1, {rows}) AS n
"""
BUILD_STEP = """COPY app.py suite.py migrate.py ./
RUN python -c "import compileall as c, json; c.compile_dir(json.__path__[0] + '/..', 1, quiet=2, force=1)"
"""
TESTS = """import hashlib, time
time.sleep(5)  # what tests wait for: databases, servers, each other
hashlib.pbkdf2_hmac("sha256", b"work", b"", 3_000_000)
"""


@dataclass(frozen=True, kw_only=True)
class Round:
    """Seconds: of a deploy, of it without any stage at work, of the commands by hand; each part by name."""

    ours: float
    overhead: float
    theirs: float
    stages: dict[str, float]
    commands: dict[str, float]


async def main() -> None:
    images = ensure_images()
    with (
        running_postgres(images.postgres) as postgres,
        tempfile.TemporaryDirectory(prefix="vnext-bench-") as folder,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr("tests.integration.pipeline.stack.PATIENCE", COMMAND_SECONDS)
        async with installed(Path(folder), patch, postgres, images, deployment_timeout=120) as stack:
            await _fill(stack)
            await _measure(stack, postgres)


async def _fill(stack: Stack) -> None:
    address = stack.settings.application
    connection = await asyncpg.connect(
        host=address.host,
        port=address.port,
        user=address.user,
        password=address.password,
        database=address.database,
    )
    try:
        await connection.execute("SET statement_timeout = '300s'")
        await connection.execute(FILL.format(rows=ROWS))
        size = await connection.fetchval("SELECT pg_size_pretty(pg_database_size(current_database()))")
    finally:
        await connection.close()
    print(f"the application's database has {size}", flush=True)


async def _measure(stack: Stack, postgres: PostgresServer) -> None:
    stack.remote.edit("Dockerfile", "COPY app.py suite.py migrate.py ./\n", BUILD_STEP)
    suite = stack.remote.clone / "suite.py"
    suite.write_text(TESTS + suite.read_text())
    stack.start_worker()
    _commit(stack, "the first version")
    await _deployed(stack)
    rounds = []
    for number in range(1, ROUNDS + 1):
        _commit(stack, f"ours {number}")
        view = await _deployed(stack)
        _commit(stack, f"theirs {number}")
        commands = _by_hand(stack, postgres)
        took = Round(
            ours=_spent(view) - await _asked_for(stack, view),
            overhead=_idle(view),
            theirs=sum(commands.values()),
            stages={row.name: row.took.total_seconds() for row in view.stages if row.took},
            commands=commands,
        )
        rounds.append(took)
        print(f"round {number}: deploy {took.ours:.1f} s, raw commands {took.theirs:.1f} s", flush=True)
    print("stages:  ", _told([one.stages for one in rounds]))
    print("by hand: ", _told([one.commands for one in rounds]))
    ratio = statistics.median(one.ours for one in rounds) / statistics.median(one.theirs for one in rounds)
    print(f"pipeline: ratio={ratio:.2f} overhead={statistics.median(one.overhead for one in rounds):.2f}")


def _told(rounds: list[dict[str, float]]) -> str:
    return ", ".join(f"{name} {statistics.median(one[name] for one in rounds):.1f}" for name in rounds[0])


def _commit(stack: Stack, subject: str) -> None:
    """A commit that lets nothing be taken from the builder's cache but the base."""
    path = stack.remote.clone / "app.py"
    path.write_text(f"{path.read_text()}\n# {subject}\n")
    stack.remote.push(subject)


async def _deployed(stack: Stack) -> RunView:
    view = await stack.deploy()
    assert view.run.state is RunState.SUCCEEDED, view.run.failure
    return view


async def _asked_for(stack: Stack, view: RunView) -> float:
    """For how long the plan waited for its answer, which the benchmark gives at once."""
    approval = await stack.store.approvals.of_run(view.run.id)
    assert approval is not None
    assert approval.answered_at is not None
    return (approval.answered_at - approval.requested_at).total_seconds()


def _spent(view: RunView) -> float:
    assert view.run.finished_at is not None
    return (view.run.finished_at - view.run.requested_at).total_seconds()


def _idle(view: RunView) -> float:
    spans = sorted(
        (row.started_at, row.finished_at) for row in view.stages if row.started_at and row.finished_at
    )
    busy, end = 0.0, datetime.min.replace(tzinfo=spans[0][0].tzinfo)
    for start, finish in spans:
        busy += max(0.0, (finish - max(start, end)).total_seconds())
        end = max(end, finish)
    return _spent(view) - busy


def _by_hand(stack: Stack, postgres: PostgresServer) -> dict[str, float]:
    """Seconds of the road's commands as a person would type them, each when the one before has ended."""
    clone = stack.directory.parent / "by-hand"
    if not clone.exists():
        subprocess.run(["git", "clone", "-q", stack.remote.bare, clone], check=True)
    took = {}
    for name, command in _commands(stack, postgres, clone).items():
        began = time.monotonic()
        done = subprocess.run(command, capture_output=True, text=True, timeout=COMMAND_SECONDS, check=False)
        took[name] = time.monotonic() - began
        assert done.returncode == 0, (command, done.stderr)
    return took


def _commands(stack: Stack, postgres: PostgresServer, clone: Path) -> dict[str, list[str]]:
    settings = stack.settings
    name, at, file = settings.compose_project_name, str(clone), str(clone / "compose.yml")
    build = ["docker", "build", "-q", "--build-arg", f"PYTHON_IMAGE={os.environ['PYTHON_IMAGE']}"]
    build += ["--label", f"deployment.project={name}"]
    password, server = f"PGPASSWORD={postgres.password}", ["-h", "127.0.0.1", "-U", postgres.user]
    dump = ["pg_dump", *server, "-Fc", "-f", "/tmp/hand.dump", settings.db_name]
    compose = [*compose_command(), "-p", name, "--project-directory", str(stack.directory), "-f", file]
    return {
        "git": ["git", "-C", at, "pull", "-q"],
        "pg_dump": ["docker", "exec", "-e", password, postgres.container_id, *dump],
        "build of tests": [*build, "--target", "test", "-t", f"{name}:test", at],
        "tests": ["docker", "run", "--rm", f"{name}:test"],
        "build": [*build, "-t", f"{name}:live", at],
        "stop": [*compose, "stop", "app"],
        "migrate": [*compose, "run", "--rm", "--no-deps", "app", "python", "migrate.py"],
        "up": [*compose, "up", "-d", "--no-build", "--pull", "never", "--wait", "app"],
        "curl": ["curl", "-fsS", f"{settings.api_url}/health"],
    }
