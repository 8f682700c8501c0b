from __future__ import annotations

import asyncio

import pytest

from pipeline.cancelling import end, finished, pass_on_cancellation, together


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


async def test_together_both_run_side_by_side() -> None:
    begun = asyncio.Barrier(2)

    async def come_to(value: int) -> int:
        await begun.wait()
        return value

    async with asyncio.timeout(10):
        assert await together(come_to(1), come_to(2)) == (1, 2)


@pytest.mark.parametrize("fails_first", [True, False])
async def test_together_where_one_fails_the_other_has_ended_when_that_is_told(fails_first: bool) -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def go_on() -> None:
        try:
            begun.set()
            await asyncio.Event().wait()
        finally:
            ended.set()

    async def fail() -> None:
        await begun.wait()
        raise ValueError("wrong")

    with pytest.raises(ValueError, match="wrong"):
        await (together(fail(), go_on()) if fails_first else together(go_on(), fail()))
    assert ended.is_set()


async def test_together_cancelled_both_have_ended() -> None:
    ended: list[int] = []
    begun = asyncio.Barrier(3)

    async def go_on(number: int) -> None:
        try:
            await begun.wait()
            await asyncio.Event().wait()
        finally:
            ended.append(number)

    both = asyncio.create_task(together(go_on(1), go_on(2)))
    await begun.wait()
    both.cancel()
    with pytest.raises(asyncio.CancelledError):
        await both
    assert sorted(ended) == [1, 2]
