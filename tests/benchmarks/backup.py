"""How long a dump takes, and how large it is, against `pg_dump | gzip`.

At least a gigabyte of mixed data in a real server. Both run as the backup does: the server's own client in a
one-off container, packed on this side into a file that is synced. `ratio` is the time of the other over ours,
`size_ratio` our size over the other's. Above the last line: the whole stage, which takes the manifest beside
the dump, reads the dump back and hashes it, and the memory of this process before the first dump and at most,
which does not grow with the data.
"""

from __future__ import annotations

import resource
import statistics
import tempfile
import time
from pathlib import Path

from pipeline.containers.engine import Engine
from pipeline.database.archive import packing
from pipeline.database.client import Client
from pipeline.database.dump import dump, dump_command
from pipeline.process import Command, run_chain
from tests.benchmarks.mixed import MEGA, filled

ROWS = 1_150_000
ROUNDS = 2
PATIENCE = 900.0
NAME = "vnext-bench-run-1-backup"


async def main() -> None:
    before = _memory()
    with tempfile.TemporaryDirectory(prefix="vnext-bench-") as folder:
        async with filled(ROWS) as (engine, client, _):
            theirs, ours = [], []
            for number in range(ROUNDS):
                theirs.append(await by_hand(client, Path(folder) / "hand.sql.gz"))
                ours.append(await _packed(client, Path(folder) / "ours.dump.zst"))
                print(
                    f"round {number + 1}: pg_dump | gzip {theirs[-1]:.1f} s, ours {ours[-1]:.1f} s",
                    flush=True,
                )
            hand, packed = ((Path(folder) / name).stat().st_size for name in ("hand.sql.gz", "ours.dump.zst"))
            print(f"size: pg_dump | gzip {hand / MEGA:.0f} MB, ours {packed / MEGA:.0f} MB", flush=True)
            whole = await _whole(engine, client, Path(folder) / "whole.dump.zst")
    print(f"the whole stage, with manifest, reading back and SHA-256: {whole:.1f} s")
    print(f"memory of this process: {before:.0f} MB before, {_memory():.0f} MB at most")
    ratio = statistics.median(theirs) / statistics.median(ours)
    print(f"backup: ratio={ratio:.2f} size_ratio={packed / hand:.2f}")


async def by_hand(client: Client, into: Path) -> float:
    command = client.command(NAME, "pg_dump", "--no-password", f"--dbname={client.address.database}", run=1)
    return await _timed([command, Command(("gzip",))], into)


async def _packed(client: Client, into: Path) -> float:
    return await _timed([dump_command(client, NAME, 1, None), packing(packed=True)], into)


async def _timed(chain: list[Command], into: Path) -> float:
    began = time.monotonic()
    await run_chain(chain, timeout=PATIENCE, stdout_to=into, check=True)
    return time.monotonic() - began


async def _whole(engine: Engine, client: Client, into: Path) -> float:
    began = time.monotonic()
    await dump(engine, client, into, name=NAME, run_id=1, timeout=PATIENCE, redact=str, tell=lambda _: None)
    return time.monotonic() - began


def _memory() -> float:
    """The most that was held so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
