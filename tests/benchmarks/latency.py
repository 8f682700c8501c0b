"""From a command or a tap to its first visible answer, ours beside a bare aiogram bot; and idle memory.

Each bot is a process of its own on the same local Bot API server; ours has a PostgreSQL that syncs each
commit. A command counts until its message arrives at the server, a tap until answerCallbackQuery does. Both
bots are asked in turn, one thing at a time. `ratio` is our p95 over that of the bare bot, `p50` and `p95` are
ours in milliseconds, over commands (/help, so that what a command reads is left out) and taps; /status, which
reads the journal, is told apart. Memory is the proportional set size (PSS) of an idle process.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from bot.callbacks import PlanTap, Verdict
from demo.botapi import World
from demo.botapi.params import Upload
from demo.botapi.values import Bot, Chat
from demo.machine.images import Images, ensure_images
from tests.benchmarks.streaming import sorted_at
from tests.integration.bot.house import MASTER, TOKEN, House, furnished
from tests.integration.pipeline.command import argv, environment
from tests.integration.pipeline.stack import installed
from tests.postgres_server import PostgresServer, running_postgres

ROUNDS, WARM_UP = 120, 10
STATUS_EVERY = 6
ECHO = "7000000002:AAFakeTokenForLocalTestsOnly0123456789"
APART_SECONDS = 1.1
"""As fast as a person may be answered for long in one chat."""

SETTLE_SECONDS = 4.0
READY = '"event": "worker_ready"'
PATIENCE = 60.0
TAP = PlanTap(verdict=Verdict.APPROVE, nonce="of-no-plan").pack()


class Listening(World):
    """A World that says when a bot called a method."""

    def __init__(self) -> None:
        super().__init__(flood=None)
        self._awaited: dict[tuple[int, str], asyncio.Future[float]] = {}

    def called(self, bot: int, method: str) -> asyncio.Future[float]:
        """The moment (perf_counter) of the bot's next call."""
        future: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._awaited[bot, method] = future
        return future

    def call_as(self, bot: Bot, method: str, params: Mapping[str, Any], files: Mapping[str, Upload]) -> Any:
        arrived = time.perf_counter()
        future = self._awaited.pop((bot.id, method), None)
        if future is not None and not future.done():
            future.set_result(arrived)
        return super().call_as(bot, method, params, files)


async def main() -> None:
    images = ensure_images()
    with running_postgres(images.postgres, durable=True) as server:
        ours, bare, bot_size, bare_size = await _bots(server)
        worker_size = await _worker(server, images)
    status = ours.pop("status"), bare.pop("status")
    print(f"/status, bot: {_percentiles(status[0])}, {len(status[0])} samples")
    for what in ("command", "tap"):
        for name, figures in (("bot", ours), ("bare aiogram bot", bare)):
            print(f"{what}, {name}: {_percentiles(figures[what])}, {len(figures[what])} samples")
    print(
        f"idle memory: bot {bot_size:.0f} MB, bare aiogram {bare_size:.0f} MB ({bot_size / bare_size:.2f}),"
        f" worker {worker_size:.0f} MB"
    )
    mine, theirs = sorted(chain(*ours.values())), sorted(chain(*bare.values()))
    p95 = sorted_at(mine, 0.95)
    ratio = p95 / sorted_at(theirs, 0.95)
    print(f"latency: ratio={ratio:.2f} p50={sorted_at(mine, 0.5) * 1000:.1f} p95={p95 * 1000:.1f}")


Figures = dict[str, list[float]]


async def _bots(server: PostgresServer) -> tuple[Figures, Figures, float, float]:
    """Seconds of both by what was asked, and their megabytes."""
    with tempfile.TemporaryDirectory(prefix="vnext-bench-") as folder:
        world = Listening()
        world.add_bot(TOKEN, username="deploy_bot", first_name="Deploy")
        world.add_bot(ECHO, username="echo_bot", first_name="Echo")
        world.add_user(MASTER, "Ada")
        async with (
            furnished(Path(folder), server, world=world, git_poll_seconds=3600) as house,
            _process("-m", "bot", env=_environment(house)) as ours,
            _process("-m", "tests.benchmarks.echo_bot", house.telegram.url, ECHO) as bare,
        ):
            asked = [Asked(world, TOKEN), Asked(world, ECHO)]
            for each in asked:
                await each.first()
            for number in range(ROUNDS):
                began = time.monotonic()
                for each in asked if number % 2 else reversed(asked):
                    command = "/status" if number % STATUS_EVERY == 0 else "/help"
                    await each.once(command, keep=number >= WARM_UP)
                await asyncio.sleep(max(0.0, began + APART_SECONDS - time.monotonic()))
            await asyncio.sleep(SETTLE_SECONDS)
            return asked[0].figures, asked[1].figures, megabytes(ours.pid), megabytes(bare.pid)


class Asked:
    """One of the bots, asked by Master."""

    def __init__(self, world: Listening, token: str) -> None:
        self._world = world
        self._bot = world.bot(token)
        self._chat: Chat = world.chat(MASTER, self._bot.id)
        self.figures: Figures = {"command": [], "tap": [], "status": []}

    async def first(self) -> None:
        """Until it is there and has sent something that can be tapped."""
        called = self._world.called(self._bot.id, "sendmessage")
        self._world.say(MASTER, "/start", chat=self._bot.id)
        async with asyncio.timeout(PATIENCE):
            await called

    async def once(self, command: str, *, keep: bool) -> None:
        answered = self._world.called(self._bot.id, "sendmessage")
        began = time.perf_counter()
        self._world.say(MASTER, command, chat=self._bot.id)
        async with asyncio.timeout(PATIENCE):
            took = await answered - began
        await asyncio.sleep(0.1)  # what it does afterwards is done
        message = next(m for m in self._chat.messages.values() if m.sender.id == self._bot.id)
        answered = self._world.called(self._bot.id, "answercallbackquery")
        began = time.perf_counter()
        self._world.tap(MASTER, message.message_id, TAP, chat=self._bot.id)
        async with asyncio.timeout(PATIENCE):
            tap = await answered - began
        await asyncio.sleep(0.1)
        if keep:
            self.figures["status" if command == "/status" else "command"].append(took)
            self.figures["tap"].append(tap)


async def _worker(server: PostgresServer, images: Images) -> float:
    """Megabytes of a worker that waits for a run."""
    with tempfile.TemporaryDirectory(prefix="vnext-bench-") as folder, pytest.MonkeyPatch.context() as patch:
        async with installed(Path(folder), patch, server, images) as stack:
            stack.remote.push("The first version")
            async with _process(*argv("worker")[1:], env=environment(stack), ready=READY) as worker:
                await asyncio.sleep(SETTLE_SECONDS)
                return megabytes(worker.pid)


@contextlib.asynccontextmanager
async def _process(
    *words: str, env: Mapping[str, str] | None = None, ready: str | None = None
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Python with these words, `ready` once it says that; ended at the end."""
    said = asyncio.subprocess.PIPE if ready else asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(sys.executable, *words, env=env, stderr=said)
    try:
        if ready and process.stderr:
            async with asyncio.timeout(PATIENCE):
                while ready not in (await process.stderr.readline()).decode():
                    assert process.returncode is None, "it ended"
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        await process.communicate()


def _environment(house: House) -> dict[str, str]:
    return {**os.environ, **house.environment()}


def megabytes(pid: int) -> float:
    """The proportional set size of a process: its own pages, and its share of those that others use too."""
    found = re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    assert found
    return int(found[1]) / 1024


def _percentiles(seconds: list[float]) -> str:
    ordered = sorted(seconds)
    return f"{sorted_at(ordered, 0.5) * 1000:.1f} ms (p50), {sorted_at(ordered, 0.95) * 1000:.1f} ms (p95)"
