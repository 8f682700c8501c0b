"""Chains of real processes: any member that fails fails the whole, and the one that began it is named."""

import asyncio
import gc
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.process import Command, CommandFailed, CommandMissing, CommandTimedOut, run_chain
from tests.integration.pipeline.test_process import gone, sh

COPY = Command(("cat",))


async def test_each_reads_what_the_one_before_it_writes(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(bytes(range(256)) * 20_000)
    done = await run_chain(
        [COPY, sh("cat; echo told >&2"), COPY], timeout=30, stdin_from=source, stdout_to=target
    )
    assert target.read_bytes() == source.read_bytes()
    assert target.stat().st_mode & 0o777 == 0o600
    assert [(f.exit_code, f.stdout, f.stderr) for f in done] == [(0, "", ""), (0, "", "told"), (0, "", "")]


async def test_the_last_one_s_output_is_kept_and_the_first_may_have_input() -> None:
    lines: list[str] = []
    done = await run_chain(
        [sh("cat", stdin=b"hunter2\n"), sh("sed 's/^/got /'; echo hunter2 >&2")],
        timeout=10,
        on_line=lines.append,
        redact=lambda text: text.replace("hunter2", "***"),
        check=True,
    )
    assert done[-1].stdout == "got ***"
    assert sorted(lines) == ["***", "got ***"]


CAUSES = {
    "the first, whose end the others take for the end of its output": (
        [sh("head -c 100000 /dev/zero; echo broke >&2; exit 3"), sh("cat >/dev/null; sleep 0.2"), COPY],
        "sh failed with exit code 3. Its last lines:\nbroke\n",
    ),
    "the middle, and so SIGPIPE for the first": (
        [Command(("yes",)), Command(("dd", "count=1", "if=/dev/zero", "of=/no/where")), COPY],
        "dd failed with exit code 1.",
    ),
    "the last, while the first would go on for ever": (
        [sh("exec sleep 300"), COPY, sh("echo full >&2; exit 28")],
        "sh failed with exit code 28. Its last lines:\nfull\n",
    ),
    "the last, which ends long after it stopped reading": (
        [Command(("yes",)), sh("exec <&-; sleep 0.2; echo late >&2; exit 5")],
        "sh failed with exit code 5. Its last lines:\nlate\nBesides, yes was ended by signal 13.",
    ),
    "one that was cut by a reader who wanted no more": (
        [Command(("yes",)), sh("head -n 1 >/dev/null")],
        "yes was ended by signal 13.",
    ),
    "the first, however soon the others fail of it": (
        [sh("exec >&-; sleep 0.2; echo lost >&2; exit 9"), sh("cat >/dev/null; exit 2")],
        "sh failed with exit code 9. Its last lines:\nlost\n",
    ),
    "the last, whose end the first puts into words": (
        [
            sh("trap '' PIPE; yes; exit 1"),
            sh("exec <&-; sleep 0.2; echo full >&2; exit 28"),
        ],
        "sh failed with exit code 28. Its last lines:\nfull\nBesides, sh failed with exit code 1.",
    ),
    "a signal": ([sh("kill -9 $$"), COPY], "sh was ended by signal 9."),
}


@pytest.mark.parametrize("case", CAUSES)
async def test_any_that_fails_fails_the_whole_and_is_named(
    case: str, children: Callable[[], set[str]]
) -> None:
    commands, said = CAUSES[case]
    started = time.monotonic()
    with pytest.raises(CommandFailed) as caught:
        await run_chain(commands, timeout=30, check=True, production="Production is stopped.")
    assert caught.value.what.startswith(said)
    assert caught.value.production == "Production is stopped."
    assert time.monotonic() - started < 10
    assert children() == set()


async def test_without_check_each_tells_how_it_ended(children: Callable[[], set[str]]) -> None:
    done = await run_chain([sh("exit 2"), COPY], timeout=10)
    assert done[0].exit_code == 2
    assert children() == set()


async def test_the_time_out_ends_all_of_them_with_their_children(
    tmp_path: Path, children: Callable[[], set[str]]
) -> None:
    pids = tmp_path / "pids"
    waits = sh(f"sleep 300 & echo $! >> {pids}; echo waiting >&2; wait")
    with pytest.raises(CommandTimedOut) as caught:
        await run_chain([waits, COPY, COPY], timeout=5)
    assert caught.value.what == "sh did not end within 5 s and was stopped. Its last lines:\nwaiting\n"
    assert await gone(int(pids.read_text()))
    assert children() == set()


async def test_one_that_is_not_there_ends_those_that_run(children: Callable[[], set[str]]) -> None:
    with pytest.raises(CommandMissing) as caught:
        await run_chain([sh("exec sleep 300"), Command(("no-such-command-here",))], timeout=30)
    assert caught.value.what.startswith("no-such-command-here could not be started: ")
    assert caught.value.advice.startswith("Install no-such-command-here or put it on PATH")
    assert children() == set()


@pytest.mark.parametrize(("name", "whose"), [("stdin_from", "first"), ("stdout_to", "last")])
async def test_files_that_cannot_be_used(tmp_path: Path, name: str, whose: str) -> None:
    chain = [Command((each,)) for each in ("first", "last")]
    with pytest.raises(CommandMissing, match=f"^{whose} could not be started: .*no/file: No such file"):
        await run_chain(chain, timeout=10, **{name: tmp_path / "no" / "file"})  # type: ignore[arg-type]


@pytest.mark.parametrize("delay", [0, 0.002, 0.01, 0.1])
async def test_cancelling_at_any_moment_leaves_nothing(
    delay: float, children: Callable[[], set[str]]
) -> None:
    task = asyncio.create_task(run_chain([Command(("yes",)), COPY, sh("cat >/dev/null")], timeout=60))
    await asyncio.sleep(delay)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert children() == set()


async def test_a_listener_s_error_ends_all_of_them(children: Callable[[], set[str]]) -> None:
    def deaf(line: str) -> None:
        raise LookupError(line)

    with pytest.raises(LookupError):
        await run_chain([sh("echo x >&2; sleep 300"), COPY], timeout=60, on_line=deaf)
    assert children() == set()


async def test_no_descriptor_is_leaked(tmp_path: Path) -> None:
    chain = [sh("echo x"), COPY, COPY]
    await run_chain(chain, timeout=10, stdout_to=tmp_path / "x")
    gc.collect()  # what other tests have left to be collected
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(5):
        await run_chain(chain, timeout=10, stdout_to=tmp_path / "x")
        with pytest.raises(CommandMissing):
            await run_chain([*chain, Command(("no-such-command-here",))], timeout=10)
    assert len(list(Path("/proc/self/fd").iterdir())) <= before
