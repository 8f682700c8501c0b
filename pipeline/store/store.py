"""The journal in one hand: what bot, worker and command line are given."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

import asyncpg

from pipeline.store.approvals import Approvals
from pipeline.store.chat import Audit, Cards, Inbox, Pushes
from pipeline.store.connect import Address, open_pool
from pipeline.store.listen import News
from pipeline.store.releases import Releases
from pipeline.store.runs import Runs

_CLOSE_SECONDS = 5.0


@dataclass(frozen=True, kw_only=True)
class Store:
    pool: asyncpg.Pool
    news: News
    runs: Runs
    approvals: Approvals
    releases: Releases
    inbox: Inbox
    pushes: Pushes
    cards: Cards
    audit: Audit


@contextlib.asynccontextmanager
async def open_store(address: Address) -> AsyncIterator[Store]:
    """The journal, made and migrated, with its news. Raises JournalUnreachable, JournalTooNew."""
    pool = await open_pool(address)
    try:
        async with News(address) as news:
            yield Store(
                pool=pool,
                news=news,
                runs=Runs(pool),
                approvals=Approvals(pool),
                releases=Releases(pool),
                inbox=Inbox(pool),
                pushes=Pushes(pool),
                cards=Cards(pool),
                audit=Audit(pool),
            )
    finally:
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                await pool.close()
        except TimeoutError:
            pool.terminate()
