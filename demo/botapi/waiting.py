"""Waiting for something in the world to become true, without polling."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
Listen = Callable[[Callable[[], None]], Callable[[], None]]


async def wait_until(listen: Listen, ready: Callable[[], T | None], timeout: float) -> T | None:
    """The first value other than None that `ready` gives, asked at once and after each wake-up.

    None after `timeout` seconds.
    """
    woken = asyncio.Event()
    stop = listen(woken.set)
    try:
        async with asyncio.timeout(timeout):
            while (value := ready()) is None:
                await woken.wait()
                woken.clear()
            return value
    except TimeoutError:
        return None
    finally:
        stop()
