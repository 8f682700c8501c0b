"""Waits for the journal's news to be heard."""

from __future__ import annotations

import asyncio

from pipeline.store.listen import INQUIRIES
from pipeline.store.store import Store


async def heard(store: Store) -> None:
    """Until the listening connection is there: who subscribes after this is woken by news alone, no longer
    by that connection's own start."""
    async with store.news.subscribe(INQUIRIES) as last, asyncio.timeout(30):
        there = False
        while not there:
            await store.pool.execute("SELECT pg_notify($1, 'x')", INQUIRIES)  # the channel it takes up last
            there = await last.wait(1)
