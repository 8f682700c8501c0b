"""Bad files and old ones: each comes back exactly, or is refused with the reason."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline.containers.engine import Engine
from pipeline.database.archive import packing, read_whole, unpacking
from pipeline.database.dump import Dump
from pipeline.process import CommandFailed, run, run_chain
from tests.integration.pipeline.dumps import PATIENCE, Journeying, address_of, execute, run_id

MEGA = 1024 * 1024
FILL = """
CREATE TABLE thought (id serial PRIMARY KEY, words text NOT NULL);
INSERT INTO thought (words) SELECT md5(n::text) FROM generate_series(1, 5000) n;
CREATE INDEX ON thought (words);
"""
_OWN = """#!/bin/sh
# One of the server's version, as if it were installed here.
exec docker run --rm --network host --volume {folder}:{folder} --env PGPASSWORD --env PGHOST --env PGPORT \\
    --env PGUSER --entrypoint pg_restore {image} "$@"
"""


@pytest.fixture
async def engine() -> AsyncIterator[Engine]:
    engine = Engine()
    yield engine
    engine.close()


@pytest.fixture
async def journeying(engine: Engine, postgres: Any) -> Journeying:
    return Journeying(engine=engine, address=address_of(postgres, await postgres.create_database()))


async def test_a_backup_of_an_older_version_is_read_and_restored(
    journeying: Journeying, tmp_path: Path
) -> None:
    """Packed by pg_dump itself, as NAME.dump."""
    await execute(journeying.address, FILL)
    made = await journeying.backed_up(tmp_path / "new.dump.zst")
    client, number, old = await journeying.client(), run_id(), tmp_path / "old.dump"
    words = ("--format=custom", "--compress=1", f"--dbname={journeying.address.database}")
    command = client.command(f"run-{number}-old", "pg_dump", *words, run=number)
    await run(command, timeout=PATIENCE, stdout_to=old, check=True)
    await _read(journeying, old)
    assert await journeying.brought_back(old, made.manifest) == []
    old.write_bytes(old.read_bytes()[:-1000])
    with pytest.raises(CommandFailed):
        await _read(journeying, old)


@pytest.mark.parametrize("form", [".dump.zst", ".dump"])
async def test_without_a_container_it_is_restored_from_a_file_that_is_gone_afterwards(
    journeying: Journeying, images: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    await execute(journeying.address, FILL)
    made = await journeying.backed_up(tmp_path / "new.dump.zst")
    file, alone = made.path, replace(await journeying.client(), server=None)
    if form == ".dump":
        file = tmp_path / "old.dump"
        await run_chain(unpacking(made.path, None), timeout=PATIENCE, stdin_from=made.path, stdout_to=file)
    own = tmp_path / "bin" / "pg_restore"
    own.parent.mkdir()
    own.write_text(_OWN.format(folder=tmp_path, image=images.postgres))
    own.chmod(0o755)
    monkeypatch.setenv("PATH", f"{own.parent}:{os.environ['PATH']}")
    before = sorted(tmp_path.iterdir())
    assert await journeying.brought_back(file, made.manifest, client=alone) == []
    assert sorted(tmp_path.iterdir()) == before


async def _read(journeying: Journeying, file: Path) -> None:
    number = run_id()
    await read_whole(
        await journeying.client(),
        file,
        name=f"run-{number}-read",
        run_id=number,
        identity=None,
        timeout=PATIENCE,
        redact=str,
    )


def _flipped(content: bytes) -> bytes:
    """One bit of it."""
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


FILES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "a flipped bit": (_flipped, "zstd failed with exit code 1"),
    "truncated": (lambda content: content[: len(content) * 2 // 3], "zstd failed with exit code 1"),
    "empty": (lambda _: b"", "failed with exit code 1"),
    "not packed": (lambda _: b"PGDMP" + bytes(1000), "zstd failed with exit code 1"),
}


@pytest.mark.parametrize("case", FILES)
async def test_a_bad_file_is_neither_read_nor_restored(
    journeying: Journeying, tmp_path: Path, case: str
) -> None:
    spoil, said = FILES[case]
    await execute(journeying.address, FILL)
    made = await journeying.backed_up(tmp_path / "whole.dump.zst")
    bad = tmp_path / "bad.dump.zst"
    bad.write_bytes(spoil(made.path.read_bytes()))
    with pytest.raises(CommandFailed, match=said):
        await _read(journeying, bad)
    with pytest.raises(CommandFailed, match=said):
        await journeying.brought_back(bad, made.manifest)


async def _repacked(made: Dump, into: Path, change: Callable[[bytearray], None]) -> None:
    """With its checksums right again: what only pg_restore itself can tell."""
    archive = into.with_suffix(".archive")
    await run_chain(
        unpacking(made.path, None), timeout=60, stdin_from=made.path, stdout_to=archive, check=True
    )
    content = bytearray(archive.read_bytes())
    change(content)
    archive.write_bytes(content)
    await run_chain([packing()], timeout=60, stdin_from=archive, stdout_to=into, check=True)


async def test_an_archive_of_a_newer_pg_dump_is_refused(journeying: Journeying, tmp_path: Path) -> None:
    await execute(journeying.address, FILL)
    made = await journeying.backed_up(tmp_path / "whole.dump.zst")
    newer = tmp_path / "newer.dump.zst"

    def change(content: bytearray) -> None:
        content[6] += 9  # after PGDMP: major, minor and revision of the form

    await _repacked(made, newer, change)
    with pytest.raises(CommandFailed, match="unsupported version"):
        await _read(journeying, newer)
    with pytest.raises(CommandFailed, match="unsupported version"):
        await journeying.brought_back(newer, made.manifest)


async def test_an_archive_that_ends_too_early_is_refused(journeying: Journeying, tmp_path: Path) -> None:
    await execute(journeying.address, FILL)
    made = await journeying.backed_up(tmp_path / "whole.dump.zst")
    short = tmp_path / "short.dump.zst"

    def change(content: bytearray) -> None:
        del content[-3000:]

    await _repacked(made, short, change)
    with pytest.raises(CommandFailed, match="could not read from input file"):
        await _read(journeying, short)
    with pytest.raises(CommandFailed, match="could not read from input file"):
        await journeying.brought_back(short, made.manifest)


async def test_a_backup_of_another_database_is_told_by_its_manifest(
    journeying: Journeying, engine: Engine, postgres: Any, tmp_path: Path
) -> None:
    await execute(journeying.address, FILL)
    other = Journeying(engine=engine, address=address_of(postgres, await postgres.create_database()))
    await execute(other.address, FILL.replace("5000", "4999"))
    made, strange = [
        await each.backed_up(tmp_path / f"{each.address.database}.dump.zst") for each in (journeying, other)
    ]
    assert await journeying.brought_back(strange.path, made.manifest) == [
        "table public.thought has 4999 rows, not 5000",
        "sequence public.thought_id_seq is at 4999, before 5000",
    ]
