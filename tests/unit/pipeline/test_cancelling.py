from __future__ import annotations

import asyncio

import pytest

from pipeline.cancelling import end, finished, pass_on_cancellation


async def test_a_task_that_swallows_its_cancellation_ends_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pipeline.cancelling.AGAIN_SECONDS", 0.01)
    swallowed = 0

    async def stubborn() -> None:
        nonlocal swallowed
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                swallowed += 1
                if swallowed == 3:
                    raise

    task = asyncio.create_task(stubborn())
    await asyncio.sleep(0)
    await end([task])
    assert (task.cancelled(), swallowed) == (True, 3)


async def test_an_error_in_place_of_a_cancellation_is_one() -> None:
    async def broken() -> None:
        try:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                raise ConnectionError("the driver lost it") from None
        except ConnectionError:
            pass_on_cancellation()
            raise AssertionError("went on after its cancellation") from None

    pass_on_cancellation()
    task = asyncio.create_task(broken())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_work_is_finished_though_its_caller_is_cancelled() -> None:
    done = asyncio.Event()
    go = asyncio.Event()

    async def work() -> int:
        await go.wait()
        done.set()
        return 7

    async def caller() -> int:
        return await finished(work())

    task = asyncio.create_task(caller())
    await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.sleep(0)
    go.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert done.is_set()
    assert await finished(work()) == 7


async def test_work_that_takes_too_long_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.cancelling.GRACE_SECONDS", 0.01)
    cut = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cut.set()

    task = asyncio.create_task(finished(work()))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert cut.is_set()
