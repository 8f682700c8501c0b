"""What a dump tells while it is written."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from pipeline.cancelling import end
from pipeline.database import dumping
from pipeline.database.dumping import Progress


async def test_bytes_are_told_as_the_file_grows_beside_the_table_that_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dumping, "EVERY_SECONDS", 0.01)
    told: asyncio.Queue[str] = asyncio.Queue()
    file = tmp_path / "agent.dump.zst.part"
    progress = Progress(file, told.put_nowait)
    showing = asyncio.create_task(progress.show())
    try:
        async with asyncio.timeout(20):
            assert await told.get() == "0 B · dumping"
            progress.counting("counting table 7 of 31 · public.orders")
            assert await told.get() == "0 B, table 7 of 31 · public.orders"
            file.write_bytes(bytes(2048))
            assert await told.get() == "2.0 kB, table 7 of 31 · public.orders"
            progress.counted(31)
            assert await told.get() == "2.0 kB, all 31 tables counted · dumping"
            await asyncio.sleep(0.1)
            assert told.empty(), "what has not changed is not told again"
    finally:
        await end([showing])
