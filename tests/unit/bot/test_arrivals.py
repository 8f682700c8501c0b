"""A new update is handed over only to a handling that waits; nothing that is told is missed."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.arrivals import Arrivals
from pipeline.store.chat import StoredUpdate

UPDATE = StoredUpdate(update_id=10, raw="{}", attempts=0, age=timedelta())


async def test_one_that_is_waited_for_is_handed_over_once() -> None:
    arrivals = Arrivals()
    assert not arrivals.awaited, "before its first look the inbox may hold older ones"
    waiting = asyncio.create_task(arrivals.wait())
    await asyncio.sleep(0)
    assert arrivals.awaited
    arrivals.tell(UPDATE)
    assert not arrivals.awaited, "another one now comes after it"
    arrivals.tell()
    assert await waiting is None, "the inbox is looked through, and holds both"


async def test_it_is_given_to_who_waits() -> None:
    arrivals = Arrivals()
    waiting = asyncio.create_task(arrivals.wait())
    await asyncio.sleep(0)
    arrivals.tell(UPDATE)
    assert await waiting is UPDATE
    again = asyncio.create_task(arrivals.wait())
    await asyncio.sleep(0)
    assert not again.done()
    arrivals.tell()
    assert await again is None


async def test_what_is_told_while_nobody_waits_ends_the_next_wait() -> None:
    arrivals = Arrivals()
    arrivals.tell()
    assert await arrivals.wait() is None
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(arrivals.wait(), 0.01)
    assert not arrivals.awaited
