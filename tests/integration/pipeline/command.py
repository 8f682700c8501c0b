"""`python -m pipeline …` as a process, with the settings of a stack."""

from __future__ import annotations

import asyncio
import os
import sys

from pydantic import SecretStr

from tests.integration.pipeline.stack import PATIENCE, Stack


def argv(*words: str) -> list[str]:
    return [sys.executable, "-m", "pipeline", *words]


def environment(stack: Stack) -> dict[str, str]:
    chosen = {
        key.upper(): value.get_secret_value() if isinstance(value, SecretStr) else str(value)
        for key, value in stack.settings.model_dump().items()
        if value is not None
    }
    return {**os.environ, **chosen}


async def start(stack: Stack, *words: str) -> asyncio.subprocess.Process:
    """Without a terminal."""
    return await asyncio.create_subprocess_exec(
        *argv(*words),
        env=environment(stack),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def ended(process: asyncio.subprocess.Process) -> tuple[int, str, str]:
    """Exit code and both streams."""
    try:
        async with asyncio.timeout(PATIENCE):
            out, err = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.communicate()
        raise
    assert process.returncode is not None
    assert "Traceback" not in err.decode(), err.decode()
    return process.returncode, out.decode(), err.decode()


async def command(stack: Stack, *words: str) -> tuple[int, str, str]:
    return await ended(await start(stack, *words))


async def line(process: asyncio.subprocess.Process, beginning: str) -> str:
    """The next line of standard output that begins so."""
    assert process.stdout is not None
    async with asyncio.timeout(PATIENCE):
        while found := (await process.stdout.readline()).decode():
            if found.startswith(beginning):
                return found
    raise AssertionError(f"no line begins with {beginning}")
