"""The question of the command line on a real terminal: only a yes is a yes, and a signal ends the wait."""

from __future__ import annotations

import asyncio
import os
import pty
import sys

import pytest

ASKS = """
import asyncio, sys
from pipeline.cli.running import run
from pipeline.cli.question import confirmed
async def work():
    return 0 if await confirmed() else 5
run(work())
"""


async def _answered(typed: bytes) -> int | None:
    ours, theirs = pty.openpty()
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", ASKS),
            stdin=theirs,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        assert process.stdout is not None
        async with asyncio.timeout(60):
            assert await process.stdout.readuntil(b"[y/N] ") == b"Carry it out? [y/N] "
            if typed:
                os.write(ours, typed)
            else:
                process.terminate()
            await process.communicate()
        return process.returncode
    finally:
        os.close(ours)
        os.close(theirs)


@pytest.mark.parametrize(("typed", "code"), [(b"Y\n", 0), (b"yep\n", 5), (b"\x04", 5), (b"", 0)])
async def test_an_answer(typed: bytes, code: int) -> None:
    assert await _answered(typed) == code
