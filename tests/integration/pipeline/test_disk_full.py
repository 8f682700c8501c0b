"""A disk without room: nothing whole is lost to it, and what a killed process left is swept away."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from pipeline.containers.engine import Engine
from pipeline.database.client import find_client
from pipeline.database.dump import Dump, dump
from pipeline.database.sealing import BackupFailed
from pipeline.engine import runlog
from pipeline.engine.leftovers import swept
from pipeline.engine.runlog import RunLog
from pipeline.process import scratch
from pipeline.stages.layout import Layout
from pipeline.store.connect import Address, connect

PATIENCE = 180.0
HOLDS_SCRATCH = """
import sys
from pipeline.process import scratch

with scratch() as folder:
    (folder / "config.json").write_text("secret")
    print(folder, flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A disk of two megabytes."""
    if os.geteuid() != 0:
        pytest.skip("only root mounts a small disk")
    disk = tmp_path / "disk"
    disk.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk], capture_output=True, text=True, check=False
    )
    if made.returncode != 0:
        pytest.skip(f"a small disk cannot be mounted here: {made.stderr.strip()}")
    yield disk
    subprocess.run(["umount", disk], check=True)


@pytest.fixture
async def address(postgres: Any) -> Address:
    """A database whose dump takes some three megabytes."""
    made = Address(
        host=postgres.host,
        port=postgres.port,
        user=postgres.user,
        password=postgres.password,
        database=await postgres.create_database(),
    )
    connection = await connect(made)
    try:
        await connection.execute("CREATE TABLE noise (words text)")
    finally:
        await connection.close()
    return made


@pytest.fixture
async def engine() -> AsyncIterator[Engine]:
    engine = Engine()
    yield engine
    engine.close()


async def _dump(engine: Engine, address: Address, into: Path, last_bytes: int | None = 100_000) -> Dump:
    return await dump(
        engine,
        await find_client(engine, address, "no such project"),
        into,
        name=f"vnext-test-{address.database}-run-1-backup",
        run_id=1,
        timeout=PATIENCE,
        redact=lambda text: text,
        tell=lambda _: None,
        last_bytes=last_bytes,
    )


async def test_a_dump_without_room_leaves_the_one_before(
    engine: Engine, address: Address, small: Path
) -> None:
    """It has grown by more than was to be foreseen."""
    before = await _dump(engine, address, small / "backups" / "first.dump.zst")
    connection = await connect(address)
    try:
        await connection.execute(
            "INSERT INTO noise SELECT gen_random_uuid()::text FROM generate_series(1, 120000)"
        )
    finally:
        await connection.close()
    with pytest.raises(BackupFailed) as caught:
        await _dump(engine, address, small / "backups" / "second.dump.zst")
    assert caught.value.production == "Production was not touched: the live release keeps serving."
    assert "no space left" in caught.value.what.lower()
    assert sorted(path.name for path in before.path.parent.iterdir()) == [
        "first.dump.zst",
        "first.manifest.json",
    ]
    assert hashlib.sha256(before.path.read_bytes()).hexdigest() == before.sha256
    assert await engine.container(f"vnext-test-{address.database}-run-1-backup") is None


@pytest.mark.parametrize(("last", "needed"), [(10 * 1024 * 1024, "12"), (None, "[78]")])
async def test_a_dump_for_which_there_is_no_room_is_not_begun(
    engine: Engine, address: Address, small: Path, last: int | None, needed: str
) -> None:
    """By the last one, or by the size of the database, which is seven to eight megabytes when it is empty."""
    with pytest.raises(BackupFailed) as caught:
        await _dump(engine, address, small / "backups" / "first.dump.zst", last)
    told = f"The backup of {address.database} was not begun: the disk of STATE_DIR has 2 MB free and"
    assert re.fullmatch(rf"{told} {needed} MB are needed\.", caught.value.what)
    assert list((small / "backups").iterdir()) == []


def _fill(file: Path) -> None:
    with file.open("wb", buffering=0) as filler, contextlib.suppress(OSError):
        while filler.write(bytes(4096)):
            pass


def test_a_log_on_a_full_disk_goes_on_once_there_is_room(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runlog, "AGAIN_SECONDS", 0.0)
    filler = small / "filler"
    log = RunLog(small / "reports" / "run.log")
    with structlog.testing.capture_logs() as told:
        log.write("one")
        _fill(filler)
        for _ in range(3):
            log.write("x" * 5000)
        filler.unlink()
        log.write("two")
        log.close()
    lines = (small / "reports" / "run.log").read_text().splitlines()
    assert lines[0] == "one"
    assert lines[-2:] == ["(3 lines are missing here: the disk refused them)", "two"]
    assert [(line["event"], line["log_level"]) for line in told] == [("run_log_not_written", "warning")]


@pytest.mark.parametrize("hindrance", ["a full disk from the beginning", "a file in the way"])
def test_a_log_that_cannot_be_written_stops_nobody(tmp_path: Path, hindrance: str) -> None:
    path = tmp_path / "reports" / "run.log"
    if hindrance.startswith("a full"):
        path.parent.mkdir()
        path.symlink_to("/dev/full")
    else:
        path.parent.write_text("")
    log = RunLog(path)
    with structlog.testing.capture_logs() as told:
        for number in range(5):
            log.write(f"line {number}")
        log.close()
    assert [line["event"] for line in told] == ["run_log_not_written"]


async def test_what_a_killed_process_left_is_swept_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    layout = Layout(tmp_path, "agent")
    backups = layout.backups
    backups.mkdir(parents=True)
    (backups / "whole.dump").write_text("whole")
    (backups / "half.dump.part").write_text("hal")
    (tmp_path / "vnext-another").mkdir()
    living, killed = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", HOLDS_SCRATCH, stdin=-1, stdout=-1)
        for _ in range(2)
    ]
    assert living.stdout
    assert killed.stdout
    async with asyncio.timeout(PATIENCE):
        kept, left = [
            Path((await p.stdout.readline()).decode().strip()) for p in (living, killed) if p.stdout
        ]
    killed.kill()
    await killed.communicate()
    with scratch() as ours:
        assert sorted(swept(layout, [])) == sorted([left, backups / "half.dump.part"])
        assert ours.is_dir()
    assert not ours.exists()
    assert [path.name for path in backups.iterdir()] == ["whole.dump"]
    assert (kept / "config.json").read_text() == "secret"
    assert (tmp_path / "vnext-another").is_dir()
    await living.communicate(b"\n")
    assert living.returncode == 0
    assert not kept.exists()
    assert swept(Layout(tmp_path / "missing", "agent"), []) == []
