"""The runner on real processes: what they print, how they end, and that nothing of them stays."""

import asyncio
import gc
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.process import Command, CommandFailed, CommandMissing, CommandTimedOut, run


def sh(script: str, **rest: object) -> Command:
    return Command(("sh", "-c", script), **rest)  # type: ignore[arg-type]


def python(script: str) -> Command:
    return Command((sys.executable, "-u", "-c", script))


def alive(pid: int) -> bool:
    """A zombie that waits for the machine's init counts as gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


async def gone(pid: int) -> bool:
    for _ in range(40):
        if not alive(pid):
            return True
        await asyncio.sleep(0.05)
    return False


async def test_both_streams_and_the_exit_code() -> None:
    lines: list[str] = []
    done = await run(sh("echo out; echo err >&2; exit 3"), timeout=10, on_line=lines.append)
    assert (done.exit_code, done.stdout, done.stderr) == (3, "out", "err")
    assert sorted(lines) == ["err", "out"]
    assert 0 < done.seconds < 10


async def test_check_raises_with_the_last_lines() -> None:
    with pytest.raises(CommandFailed) as caught:
        await run(sh("seq 1 9 >&2; exit 4"), timeout=10, check=True, production="Production is stopped.")
    assert caught.value.what == "sh failed with exit code 4. Its last lines:\n5\n6\n7\n8\n9\n"
    assert caught.value.production == "Production is stopped."
    assert caught.value.finished is not None
    assert caught.value.finished.exit_code == 4


async def test_a_signal_is_told() -> None:
    with pytest.raises(CommandFailed, match="sh was ended by signal 9"):
        await run(sh("kill -9 $$"), timeout=10, check=True)


@pytest.mark.parametrize(
    ("command", "named"),
    [
        (Command(("no-such-command-here", "x")), "no-such-command-here"),
        (Command(("sh",), cwd=Path("/no/such/directory")), "/no/such/directory"),
        (Command(("/dev/null",)), "Permission denied"),
    ],
)
async def test_what_cannot_be_started_is_named(command: Command, named: str) -> None:
    with pytest.raises(CommandMissing) as caught:
        await run(command, timeout=10)
    assert named in caught.value.what


async def test_environment_directory_and_input(tmp_path: Path) -> None:
    command = sh('echo "$TOKEN"; pwd; cat', env={"TOKEN": "t"}, cwd=tmp_path, stdin=b"in\n")
    assert (await run(command, timeout=10)).stdout.split("\n") == ["t", str(tmp_path), "in"]


async def test_without_input_the_command_reads_nothing() -> None:
    assert (await run(Command(("cat",)), timeout=10)).exit_code == 0


async def test_input_nobody_reads_is_no_failure() -> None:
    assert (await run(sh("exit 0", stdin=b"x" * 10_000_000), timeout=10)).exit_code == 0


async def test_output_floods_stay_bounded() -> None:
    done = await run(sh("yes 0123456789 | head -n 500000; head -c 20000000 /dev/zero >&2"), timeout=60)
    assert done.stdout.count("\n") == 199
    assert len(done.stderr) <= 9000


async def test_progress_and_bad_bytes() -> None:
    lines: list[str] = []
    await run(sh(r"printf '10%%\r20%%\r\nend\377'"), timeout=10, on_line=lines.append)
    assert lines == ["10%", "20%", "end\ufffd"]


async def test_lines_come_while_it_runs() -> None:
    came = asyncio.Event()
    task = asyncio.create_task(run(sh("echo ready; sleep 60"), timeout=60, on_line=lambda _: came.set()))
    await asyncio.wait_for(came.wait(), 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_secrets_are_redacted_everywhere() -> None:
    lines: list[str] = []
    with pytest.raises(CommandFailed) as caught:
        await run(
            sh("echo hunter2; echo hunter2 >&2; exit 1"),
            timeout=10,
            on_line=lines.append,
            redact=lambda text: text.replace("hunter2", "***"),
            check=True,
        )
    assert lines == ["***", "***"]
    assert "hunter2" not in str(caught.value)
    assert caught.value.finished is not None
    assert caught.value.finished.stdout == "***"


async def test_standard_output_to_a_file(tmp_path: Path) -> None:
    target = tmp_path / "dump"
    done = await run(sh("head -c 3000000 /dev/zero; echo told >&2"), timeout=30, stdout_to=target)
    assert (done.stdout, done.stderr) == ("", "told")
    assert target.read_bytes() == bytes(3_000_000)
    assert target.stat().st_mode & 0o777 == 0o600


async def test_an_output_file_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(CommandMissing, match="no/dump"):
        await run(sh("echo x"), timeout=10, stdout_to=tmp_path / "no" / "dump")


async def test_time_out_ends_the_whole_tree(tmp_path: Path, children: Callable[[], set[str]]) -> None:
    pids = tmp_path / "pids"
    script = f"sh -c 'sleep 300 & echo $! >> {pids}; echo $$ >> {pids}; wait' & echo waiting; wait"
    started = time.monotonic()
    with pytest.raises(CommandTimedOut) as caught:
        await run(sh(script), timeout=5)
    assert time.monotonic() - started < 60
    assert caught.value.what == "sh did not end within 5 s and was stopped. Its last lines:\nwaiting\n"
    found = [int(pid) for pid in pids.read_text().split()]
    assert len(found) == 2
    assert [pid for pid in found if not await gone(pid)] == []
    assert children() == set()


async def test_who_ignores_sigterm_is_killed(children: Callable[[], set[str]]) -> None:
    started = time.monotonic()
    with pytest.raises(CommandTimedOut):
        await run(sh("trap '' TERM; exec sleep 300"), timeout=5)
    assert 10 < time.monotonic() - started < 60
    assert children() == set()


async def test_who_tidies_up_on_sigterm_is_let(tmp_path: Path) -> None:
    tidied = tmp_path / "tidied"
    with pytest.raises(CommandTimedOut):
        await run(sh(f"trap 'sleep 1; touch {tidied}; exit 0' TERM; sleep 300 & wait"), timeout=5)
    assert tidied.exists()


async def test_cancelling_ends_the_tree(tmp_path: Path, children: Callable[[], set[str]]) -> None:
    pids = tmp_path / "pids"
    came = asyncio.Event()
    command = sh(f"sleep 300 & echo $! $$ > {pids}; echo ready; wait")
    task = asyncio.create_task(run(command, timeout=60, on_line=lambda _: came.set()))
    await came.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [pid for pid in pids.read_text().split() if not await gone(int(pid))] == []
    assert children() == set()


@pytest.mark.parametrize("delay", [0, 0.001, 0.003, 0.01, 0.03])
async def test_cancelling_at_any_moment_leaves_nothing(
    delay: float, children: Callable[[], set[str]]
) -> None:
    task = asyncio.create_task(run(sh("echo ready; sleep 300"), timeout=60))
    await asyncio.sleep(delay)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert children() == set()


async def test_cancelled_while_it_starts_its_children_end_too(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    task = asyncio.create_task(run(sh(f"sleep 300 & echo $! > {pids}; wait"), timeout=60))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    while not pids.exists() or not pids.read_text():
        time.sleep(0.01)  # noqa: ASYNC251 - so that the loop does not learn of it
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not alive(int(pids.read_text()))


async def test_cancelled_again_it_still_waits_for_the_end_of_all(children: Callable[[], set[str]]) -> None:
    came = asyncio.Event()
    command = sh("trap 'sleep 0.5; exit 0' TERM; echo ready; while :; do sleep 0.05; done")
    task = asyncio.create_task(run(command, timeout=60, on_line=lambda _: came.set()))
    await came.wait()
    [pid] = children()
    for _ in range(3):
        task.cancel()
        await asyncio.sleep(0.05)
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not alive(int(pid))


async def test_a_child_left_behind_neither_delays_nor_stays(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    started = time.monotonic()
    done = await run(sh(f"sleep 300 & echo $! > {pids}; echo over"), timeout=60)
    assert (done.exit_code, done.stdout) == (0, "over")
    assert time.monotonic() - started < 10
    assert await gone(int(pids.read_text()))


async def test_a_listener_s_error_ends_the_command(children: Callable[[], set[str]]) -> None:
    def deaf(line: str) -> None:
        raise LookupError(line)

    with pytest.raises(LookupError):
        await run(sh("echo x; sleep 300"), timeout=60, on_line=deaf)
    assert children() == set()


async def test_no_descriptor_is_leaked() -> None:
    await run(sh("echo x"), timeout=10)
    gc.collect()  # what other tests have left to be collected
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(10):
        await run(sh("echo x"), timeout=10)
        with pytest.raises(CommandMissing):
            await run(Command(("no-such-command-here",)), timeout=10)
    assert len(list(Path("/proc/self/fd").iterdir())) <= before
