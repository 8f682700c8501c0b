"""A Unix socket whose connections go through a command."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from pipeline.process import Command, listening

PATIENCE = 30.0


async def test_each_connection_is_a_command_of_its_own_and_ends_with_it(tmp_path: Path) -> None:
    path = tmp_path / "socket"
    async with asyncio.timeout(PATIENCE), listening(path, Command(argv=("sh", "-c", "echo $$; exec cat"))):
        (one, to_one), (two, to_two) = [await asyncio.open_unix_connection(path) for _ in range(2)]
        processes = {int(await one.readline()), int(await two.readline())}
        assert len(processes) == 2
        to_one.write(b"said\n")
        assert await one.readline() == b"said\n"
        to_one.close()
        to_two.write(b"still there\n")
        assert await two.readline() == b"still there\n"
    assert await two.read() == b""
    to_two.close()
    assert [pid for pid in processes if Path(f"/proc/{pid}").exists()] == []


async def test_a_command_that_ends_or_is_not_there_closes_the_connection(tmp_path: Path) -> None:
    async with asyncio.timeout(PATIENCE):
        for name, argv, said in (("a", ("echo", "done"), b"done\n"), ("b", (os.fspath(tmp_path),), b"")):
            async with listening(tmp_path / name, Command(argv=argv)):
                reader, writer = await asyncio.open_unix_connection(tmp_path / name)
                assert await reader.read() == said
                writer.close()
