"""Ending tasks for certain: drivers turn a cancellation into another error now and then, or lose it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Collection, Coroutine
from typing import Any, TypeVar

AGAIN_SECONDS = 2.0
"""Longer than GRACE_SECONDS, so that what is to be finished is."""

GRACE_SECONDS = 1.5

T = TypeVar("T")
U = TypeVar("U")


def pass_on_cancellation() -> None:
    """For a handler of other errors: raises CancelledError where the task was asked to end."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


async def end(tasks: Collection[asyncio.Task[Any]], *, again: float | None = None) -> None:
    """Cancels the tasks until each has ended, every `again` seconds. Their errors stay with them."""
    pending = {task for task in tasks if not task.done()}
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=again or AGAIN_SECONDS)


async def together(one: Coroutine[Any, Any, T], other: Coroutine[Any, Any, U]) -> tuple[T, U]:
    """What both come to, side by side. Where one fails, the other is ended first."""
    tasks = (asyncio.create_task(one), asyncio.create_task(other))
    try:
        await asyncio.gather(*tasks)
    finally:
        await end(tasks)
    return tasks[0].result(), tasks[1].result()


async def finished(work: Coroutine[Any, Any, T]) -> T:
    """Work that a cancellation cuts only after a moment: sent and not recorded would be sent twice."""
    task = asyncio.create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task}, timeout=GRACE_SECONDS)
        await end({task})
        if not task.cancelled():
            task.exception()
        raise


async def through(work: Awaitable[T]) -> T:
    """Work that no cancellation cuts, however often it comes: it is raised once the work has ended."""
    task = asyncio.ensure_future(work)
    cancelled = False
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            cancelled = True
    if cancelled:
        if not task.cancelled():
            task.exception()
        raise asyncio.CancelledError
    return task.result()
