"""How long a restore takes against `gunzip | psql`.

At least a gigabyte of mixed data. `ratio` is the time of the other over ours. Ours is all that a restore does
to fill the new database: unpacking, several connections, statistics for the planner, and the settings.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from pipeline.containers.engine import Engine
from pipeline.database.client import Client
from pipeline.database.dump import Dump, dump
from pipeline.database.restore import bring_back
from pipeline.process import Command, run_chain
from pipeline.store.connect import Address
from tests.benchmarks.backup import PATIENCE, ROWS, by_hand
from tests.benchmarks.mixed import execute, filled

ROUNDS = 2
NAME = "vnext-bench-run-1-prepare"


async def main() -> None:
    with tempfile.TemporaryDirectory(prefix="vnext-bench-") as folder:
        async with filled(ROWS) as (engine, client, admin):
            plain = Path(folder) / "hand.sql.gz"
            await by_hand(client, plain)
            made = await dump(
                engine,
                client,
                Path(folder) / "ours.dump.zst",
                name=NAME,
                run_id=1,
                timeout=PATIENCE,
                redact=str,
                tell=lambda _: None,
            )
            theirs, ours = [], []
            for number in range(ROUNDS):
                theirs.append(await _by_psql(client, admin, plain))
                ours.append(await _ours(engine, client, admin, made))
                print(
                    f"round {number + 1}: gunzip | psql {theirs[-1]:.1f} s, ours {ours[-1]:.1f} s", flush=True
                )
    print(f"restore: ratio={statistics.median(theirs) / statistics.median(ours):.2f}")


async def _by_psql(client: Client, admin: Address, plain: Path) -> float:
    began = time.monotonic()
    await execute(admin, "CREATE DATABASE by_hand TEMPLATE template0")
    words = ("--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", "--dbname=by_hand")
    chain = [Command(("gunzip", "--stdout")), client.command(NAME, "psql", *words, run=1)]
    await run_chain(chain, timeout=PATIENCE, stdin_from=plain, check=True)
    taken = time.monotonic() - began
    await execute(admin, "DROP DATABASE by_hand", "CHECKPOINT")
    return taken


async def _ours(engine: Engine, client: Client, admin: Address, made: Dump) -> float:
    began = time.monotonic()
    await bring_back(
        engine,
        client,
        admin,
        made.path,
        into="ours",
        like=made.manifest.properties,
        tables=len(made.manifest.tables),
        name=NAME,
        run_id=1,
        timeout=PATIENCE,
        redact=str,
        tell=lambda _: None,
    )
    taken = time.monotonic() - began
    await execute(admin, "DROP DATABASE ours", "CHECKPOINT")
    return taken
