"""Commands that outlive a killed process keep its lock, are found by it, and are ended by a newcomer."""

from __future__ import annotations

import asyncio
import fcntl
import os
import re
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.process import Command, end_orphans, holders, inheriting, run

PATIENCE = 60.0

HOLDER = """
import asyncio, contextlib, fcntl, sys
from pipeline.process import Command, inheriting, run

lock = open(sys.argv[1], "a")
fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)

async def command():
    await run(Command(("sh", "-c", sys.argv[3])), timeout=60, on_line=lambda line: print(line, flush=True))

async def main():
    with inheriting(lock.fileno()) if sys.argv[2] == "inheriting" else contextlib.nullcontext():
        await asyncio.create_task(command())

asyncio.run(main())
"""
TWO_SLEEPERS = "sleep 300 & echo $$ $!; exec sleep 300"
DEAF = "trap '' TERM; echo $$; while :; do sleep 1; done"


@pytest.fixture
def lock_file(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "lock"
    path.touch()
    yield path
    for pid in holders(path):
        os.kill(pid, signal.SIGKILL)


async def _killed(lock_file: Path, how: str, script: str) -> list[int]:
    """Kills a process that holds the lock while a command of it runs; the command's pids."""
    holder = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", HOLDER, str(lock_file), how, script), stdout=asyncio.subprocess.PIPE
    )
    assert holder.stdout
    async with asyncio.timeout(PATIENCE):
        pids = [int(word) for word in (await holder.stdout.readline()).split()]
    holder.kill()
    async with asyncio.timeout(PATIENCE):
        await holder.wait()
    holder._transport.close()  # type: ignore[attr-defined]  # an orphan may have our end of the pipe for long
    return pids


def _free(path: Path) -> bool:
    with path.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


async def _until_free(path: Path) -> None:
    async with asyncio.timeout(PATIENCE):
        while not _free(path):  # noqa: ASYNC110 - the end of a stranger is no event
            await asyncio.sleep(0.02)


async def test_the_lock_is_held_until_the_whole_group_is_gone(lock_file: Path) -> None:
    pids = await _killed(lock_file, "inheriting", TWO_SLEEPERS)
    assert not _free(lock_file)
    assert holders(lock_file) == sorted(pids)
    os.kill(pids[0], signal.SIGKILL)
    async with asyncio.timeout(PATIENCE):
        while holders(lock_file) != pids[1:]:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    assert not _free(lock_file)
    os.kill(pids[1], signal.SIGKILL)
    await _until_free(lock_file)
    assert holders(lock_file) == []


async def test_what_does_not_inherit_frees_it_at_once(lock_file: Path) -> None:
    pids = await _killed(lock_file, "not", TWO_SLEEPERS)
    try:
        assert _free(lock_file)
        assert holders(lock_file) == []
    finally:
        os.killpg(pids[0], signal.SIGKILL)


async def test_orphans_are_ended(lock_file: Path) -> None:
    pids = await _killed(lock_file, "inheriting", TWO_SLEEPERS)
    told: list[str] = []
    began = time.monotonic()
    assert await end_orphans(lock_file, tell=told.append)
    assert time.monotonic() - began < 60
    assert _free(lock_file)
    assert told
    for line in told:
        found = re.fullmatch(r"SIGTERM to (sh|sleep) \((\d+)\), left by a worker that is gone", line)
        assert found, line
        assert int(found[2]) in pids


async def test_one_that_ignores_sigterm_is_killed(lock_file: Path) -> None:
    (pid,) = await _killed(lock_file, "inheriting", DEAF)
    told: list[str] = []
    assert await end_orphans(lock_file, tell=told.append)
    assert _free(lock_file)
    assert f"SIGTERM to sh ({pid}), left by a worker that is gone" in told
    assert f"SIGKILL to sh ({pid}), left by a worker that is gone" in told


async def test_who_took_the_lock_and_who_waits_for_it_are_left_alone(lock_file: Path) -> None:
    taking = (
        "import fcntl, sys; f = open(sys.argv[1]); fcntl.flock(f, 2); print('has it', flush=True); input()"
    )
    taker = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", taking, str(lock_file)), stdin=-1, stdout=-1, start_new_session=True
    )
    assert taker.stdout
    await taker.stdout.readline()
    with lock_file.open():  # as one that waits
        assert holders(lock_file) == [taker.pid]
        assert not await end_orphans(lock_file, tell=pytest.fail)
        waiting = taking.replace("2)", "2) if print('waits', flush=True) is None else 0")
        waiter = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", waiting, str(lock_file)), stdin=-1, stdout=-1, start_new_session=True
        )
        assert waiter.stdout
        await waiter.stdout.readline()
        assert holders(lock_file) == [taker.pid]
        taker.kill()
        await taker.communicate()
        assert await waiter.stdout.readline() == b"has it\n"
        assert not await end_orphans(lock_file, tell=pytest.fail)
        await waiter.communicate(b"\n")
    assert holders(lock_file) == []


async def test_our_own_hold_is_no_orphan(lock_file: Path) -> None:
    with lock_file.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert holders(lock_file) == []
        assert not await end_orphans(lock_file, tell=pytest.fail)


async def test_a_lock_file_that_is_not_there(tmp_path: Path) -> None:
    assert holders(tmp_path / "none") == []
    assert await end_orphans(tmp_path / "none", tell=pytest.fail)


async def test_only_what_was_named_is_inherited_and_only_within(lock_file: Path) -> None:
    listing = Command(
        (sys.executable, "-c", "import os; print(sorted(map(int, os.listdir('/proc/self/fd'))))")
    )
    with lock_file.open() as ours, lock_file.open() as other:
        os.set_inheritable(other.fileno(), True)
        before = (await run(listing, timeout=PATIENCE)).stdout
        with inheriting(ours.fileno()):
            within = (await run(listing, timeout=PATIENCE)).stdout
        after = (await run(listing, timeout=PATIENCE)).stdout
        assert str(ours.fileno()) in within
        assert str(other.fileno()) not in within
        assert before == after
        assert str(ours.fileno()) not in before
