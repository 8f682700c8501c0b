"""`python -m pipeline migrate` as a process that has only its environment, as in a one-off container."""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import replace

from pipeline.cancelling import end
from pipeline.store import schema
from pipeline.store.connect import Address
from pipeline.store.migration import newest

NOW = newest()
PATIENCE = 60.0
TELLING = 26
"""The migration before which code refused every newer schema, and which has a down file for it."""


async def _migrate(address: Address, *words: str) -> tuple[int, list[str], str]:
    """Exit code, lines of the output, and what was said of errors."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pipeline", "migrate", *words),
        env={
            "PATH": os.environ["PATH"],
            "DB_HOST": address.host,
            "DB_PORT": str(address.port),
            "DB_USER": address.user,
            "DB_PASSWORD": address.password,
            "DB_NAME": "an_application",
            "PIPELINE_DB_NAME": address.database,
            "GIT_URL": "https://example.org/app.git",
        },
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    reading = asyncio.create_task(process.communicate())
    try:
        async with asyncio.timeout(PATIENCE):
            out, error = await asyncio.shield(reading)
    finally:
        if process.returncode is None:
            process.kill()
        await end([reading])
    assert process.returncode is not None
    return process.returncode, out.decode().splitlines(), error.decode()


async def test_it_makes_the_journal_and_then_there_is_nothing_to_do(address: Address) -> None:
    missing = replace(address, database=f"{address.database}_new")
    applied = [f"{number:04} applied" for number in range(1, NOW + 1)]
    said = f"The journal's schema was at 0 and is at {NOW} now."
    assert await _migrate(missing) == (0, [*applied, said], "")
    assert await _migrate(missing) == (0, [f"The journal's schema is at {NOW}: nothing to do."], "")
    assert (await schema.standing(missing)).pending == ()


async def test_it_goes_down_for_an_older_version_only_where_that_needs_it(address: Address) -> None:
    await schema.go_up(address, to=TELLING)
    hint = f"This version would bring it to {NOW} again: start the one that knows {TELLING - 1}."
    said = f"The journal's schema was at {TELLING} and is at {TELLING - 1} now."
    assert await _migrate(address, "--to", str(TELLING - 1)) == (0, [f"{TELLING:04} undone", said, hint], "")
    code, lines, error = await _migrate(address)
    assert (code, lines[0], error) == (0, f"{TELLING:04} applied", "")
    assert lines[-1] == f"The journal's schema was at {TELLING - 1} and is at {NOW} now."
    code, lines, error = await _migrate(address, "--to", f"{NOW:04}")
    assert (code, lines, error) == (0, [f"The journal's schema is at {NOW}: nothing to do."], "")


async def test_what_cannot_be_done_is_said_and_changes_nothing(address: Address) -> None:
    await schema.go_up(address, to=TELLING)
    code, lines, error = await _migrate(address, "--to", "24")
    assert (code, lines) == (3, [])
    assert error == (
        f"The journal's schema cannot go down from {TELLING} to 24: nothing undoes 0025. The schema stays at"
        f" {TELLING}; production was not touched. Restore the backup of the journal that was made when its"
        " schema was at 24.\n"
    )
    code, lines, error = await _migrate(address, "--to", str(NOW + 1))
    assert (code, lines) == (64, [])
    assert error.startswith(f"--to is {NOW + 1}; allowed: a number up to {NOW}, which this version knows.")
    assert (await schema.standing(address)).at == TELLING
    code, _, error = await _migrate(replace(address, port=1))
    assert (code, error.count("cannot be reached")) == (3, 1)
