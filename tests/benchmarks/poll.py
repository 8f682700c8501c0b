"""What polling costs, and how soon a push is a prompt.

Repositories are watched by as many `Watch`es as there are, on one scheduler and one journal, as the bot has
one. `cpu` is the percent of one core that 100 of them take at one look each 30 s, over smart HTTP: user and
system time of this process and of all children that ended, over a window of that length. Whoever serves the
repositories is a process of its own and is not counted, but for local paths, where git itself serves. Other
numbers of repositories are told in a table. `p95` is seconds from the start of `git push` until the prompt
arrives at the Bot API server, by the post-receive hook; by the poll it is told apart.

A look is one `git ls-remote`. What that costs without us, in turn with looks of ours on the same server,
stands in the table as `bare`: less than that no look can cost.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.health import Part
from bot.looking import Watch
from demo.machine.images import ensure_images
from pipeline.model.states import PushState
from pipeline.source import Source
from pipeline.store.connect import Address
from pipeline.store.store import Store, open_store
from tests.benchmarks.latency import Listening, megabytes
from tests.benchmarks.streaming import sorted_at
from tests.git_remote import Remote
from tests.integration.bot.house import MASTER, TOKEN, House, furnished
from tests.ports import free_port
from tests.postgres_server import PostgresServer, running_postgres

COUNTS = (1, 10, 100, 300)
GOAL_COUNT = 100
EVERY = 30.0
PUSHES = 12
PATIENCE = 60.0
_LOOKS_AT_ONCE = 2
_COMPARED = 50
_NEVER = 86_400


async def main() -> None:
    images = ensure_images()
    with (
        running_postgres(images.postgres) as server,
        tempfile.TemporaryDirectory(prefix="vnext-bench-") as name,
    ):
        folder = Path(name)
        cpu = await _polling(server, folder)
        by_hook = sorted(await _prompts(server, folder / "hook", every=_NEVER, hook=True))
        by_poll = sorted(await _prompts(server, folder / "poll", every=1, hook=False))
    for what, taken in (("hook", by_hook), ("poll each second", by_poll)):
        print(
            f"push to prompt by {what}: p50 {sorted_at(taken, 0.5):.2f} s, p95 {sorted_at(taken, 0.95):.2f} s"
        )
    print(f"poll: cpu={cpu:.1f} p95={sorted_at(by_hook, 0.95):.2f}")


async def _polling(server: PostgresServer, folder: Path) -> float:
    root = folder / "served"
    root.mkdir()
    remote = Remote.make(folder)
    remote.push("The first commit")
    await asyncio.to_thread(_clone, remote, root)
    database = await server.create_database()
    address = Address(
        host=server.host, port=server.port, user=server.user, password=server.password, database=database
    )
    window = 0.0
    async with open_store(address) as store, _served(root) as base:
        print("repositories   by      ms a look   % of a core   looks a minute   memory")
        for by, prefix in (("http", base), ("path", str(root))):
            for count in COUNTS:
                watches = [await _watch(store, folder, by, f"{prefix}/{n}.git", n) for n in range(count)]
                if by == "http" and count == GOAL_COUNT:
                    window = await _window(watches)
                looks = max(1, 40 // count)
                seconds = await _looks(watches, looks) / (looks * count)
                share = seconds * count / EVERY * 100
                print(
                    f"{count:>12}   {by}   {seconds * 1000:>12.1f}   {share:>11.2f}"
                    f"   {count * 60 / EVERY:>14.0f}   {megabytes(os.getpid()):>3.0f} MB",
                    flush=True,
                )
            await _compared(by, f"{prefix}/0.git", await _watch(store, folder, by, f"{prefix}/0.git", 0))
    print(f"{GOAL_COUNT} on one scheduler, over {EVERY:.0f} s: {window:.2f} % of a core")
    return window


def _clone(remote: Remote, root: Path) -> None:
    for number in range(max(COUNTS)):
        words = ["git", "clone", "-q", "--bare", "--shared", str(remote.bare), str(root / f"{number}.git")]
        subprocess.run(words, check=True)


async def _watch(store: Store, folder: Path, by: str, url: str, number: int) -> Watch:
    project = await store.releases.project(f"{by}-{number}", url, "main")
    source = Source(url, folder / "mirrors" / f"{by}-{number}.git")
    part = Part()
    watch = Watch(
        store=store,
        source=source,
        project=project.id,
        branch="main",
        every=EVERY,
        part=part,
        redact=str,
        now=lambda: datetime.now(UTC),
    )
    await watch.look()  # the first one notes the tip
    assert part.last.status == "ok", part.last.detail
    return watch


async def _looks(watches: list[Watch], looks: int) -> float:
    """Seconds of processor time that so many looks of each take."""
    few = asyncio.Semaphore(_LOOKS_AT_ONCE)

    async def look(watch: Watch) -> None:
        async with few:
            await watch.look()

    began = _spent()
    await asyncio.gather(*(look(watch) for watch in watches for _ in range(looks)))
    return _spent() - began


async def _compared(by: str, url: str, watch: Watch) -> None:
    """Looks and bare calls take turns, so that the machine's other work meets both alike."""
    ours = bare = 0.0
    words = ("git", "ls-remote", "--quiet", "--", url, "refs/heads/main")
    for _ in range(_COMPARED):
        began = _spent()
        await watch.look()
        between = _spent()
        await asyncio.to_thread(subprocess.run, words, check=True, capture_output=True, timeout=PATIENCE)
        ours, bare = ours + between - began, bare + _spent() - between
    milliseconds = [each / _COMPARED * 1000 for each in (ours, bare)]
    print(
        f"{'bare':>12}   {by}   {milliseconds[1]:>12.1f}   ours in turn with it {milliseconds[0]:.1f},"
        f" {ours / bare:.2f} times as much",
        flush=True,
    )


async def _window(watches: list[Watch]) -> float:
    """Percent of a core over one round of all, spread evenly."""
    scheduler = AsyncIOScheduler(timezone=UTC)
    now = datetime.now(UTC)
    for number, watch in enumerate(watches):
        first = now + timedelta(seconds=EVERY * number / len(watches))
        scheduler.add_job(watch.look, "interval", seconds=EVERY, next_run_time=first, misfire_grace_time=None)
    began, at = _spent(), time.monotonic()
    scheduler.start()
    await asyncio.sleep(EVERY)
    spent, took = _spent() - began, time.monotonic() - at
    scheduler.remove_all_jobs()
    await asyncio.sleep(1)  # the looks that are under way end
    scheduler.shutdown(wait=False)
    return spent / took * 100


def _spent() -> float:
    """Seconds of processor time of this process and its children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


@contextlib.asynccontextmanager
async def _served(root: Path) -> AsyncIterator[str]:
    """The repositories' address; who serves them ends after this, so its time is not counted."""
    port = free_port()
    words = ("-m", "tests.benchmarks.smart_http", str(root), str(port))
    process = await asyncio.create_subprocess_exec(sys.executable, *words)
    try:
        async with asyncio.timeout(PATIENCE):
            while True:
                with contextlib.suppress(OSError):
                    (await asyncio.open_connection("127.0.0.1", port))[1].close()
                    break
                await asyncio.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        await process.wait()


async def _prompts(server: PostgresServer, folder: Path, *, every: int, hook: bool) -> list[float]:
    """Seconds from each push to its prompt."""
    folder.mkdir()
    world = Listening()
    world.add_bot(TOKEN, username="deploy_bot", first_name="Deploy")
    world.add_user(MASTER, "Ada")
    async with furnished(folder, server, world=world, git_poll_seconds=every) as house:
        bot = world.bot(TOKEN)
        greeted = world.called(bot.id, "sendmessage")
        house.start()
        world.say(MASTER, "/start", chat=bot.id)
        async with asyncio.timeout(PATIENCE):
            await greeted

        async def looked() -> bool:
            return await house.store.pushes.newest(house.project.id, "main") is not None

        await house.until(looked, "the bot looked at the remote")
        if not hook:
            return await _taken(house, world)
        _install(house)
        with patch.dict(os.environ, house.environment()):  # which whoever pushes has, and so the hook
            return await _taken(house, world)


async def _taken(house: House, world: Listening) -> list[float]:
    bot = world.bot(TOKEN)
    taken = []
    for number in range(PUSHES):
        sent = world.called(bot.id, "sendmessage")
        began = time.perf_counter()
        await asyncio.to_thread(house.remote.push, f"Answer faster, {number}")
        async with asyncio.timeout(PATIENCE):
            taken.append(await sent - began)
        newest = await house.store.pushes.newest(house.project.id, "main")
        assert newest is not None
        await house.store.pushes.answer(newest.id, PushState.SKIPPED)  # or the next one moves this prompt on
        await asyncio.sleep(1.2)  # as fast as one chat may be written to
    return taken


def _install(house: House) -> None:
    command = shlex.join([sys.executable, "-m", "pipeline", "hook"])
    words = ("-m", "pipeline", "setup-git", str(house.remote.bare), "--command", command)
    subprocess.run([sys.executable, *words], check=True, capture_output=True, timeout=PATIENCE)
