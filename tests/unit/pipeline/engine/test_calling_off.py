from __future__ import annotations

import asyncio

from pipeline.engine.calling_off import _end


async def test_what_is_ended_is_waited_for_however_often_the_wait_is_cancelled() -> None:
    told: asyncio.Queue[str] = asyncio.Queue()
    over = asyncio.Event()

    async def stubborn() -> None:
        told.put_nowait("begun")
        while not over.is_set():
            try:
                await over.wait()
            except asyncio.CancelledError:
                told.put_nowait("cancelled")

    work = asyncio.create_task(stubborn())
    assert await told.get() == "begun"
    ending = asyncio.create_task(_end([work]))
    for _ in range(3):
        assert await told.get() == "cancelled"
        assert not ending.done()
        ending.cancel()
    assert await told.get() == "cancelled"
    over.set()
    await asyncio.wait({ending}, timeout=5)
    assert work.done()
    assert ending.cancelled()
