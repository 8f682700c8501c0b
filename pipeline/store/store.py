"""The journal in one hand: what bot, worker and command line are given."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

import asyncpg

from pipeline.store.alerts import Alerts
from pipeline.store.approvals import Approvals
from pipeline.store.audit import Audit
from pipeline.store.belonging import Belonging
from pipeline.store.chat import Cards, Inbox
from pipeline.store.connect import Address
from pipeline.store.copies import Copies
from pipeline.store.deliveries import Deliveries
from pipeline.store.digests import Digests
from pipeline.store.figures import Figures
from pipeline.store.forge import ForgeReports
from pipeline.store.gauges import Gauges
from pipeline.store.hand_overs import HandOvers
from pipeline.store.history import History
from pipeline.store.inquiries import Inquiries
from pipeline.store.listen import News
from pipeline.store.local import Local
from pipeline.store.logs import RunLogs
from pipeline.store.mutes import Mutes
from pipeline.store.pauses import Pauses
from pipeline.store.people import Chats, Codes
from pipeline.store.pool import open_pool
from pipeline.store.probations import Probations
from pipeline.store.processes import Processes
from pipeline.store.pushes import Pushes
from pipeline.store.questions import Questions
from pipeline.store.releases import Releases
from pipeline.store.ringing import Ringing
from pipeline.store.runs import Runs
from pipeline.store.schedules import Schedules
from pipeline.store.told import ToldSettings
from pipeline.store.watching import Watching

_CLOSE_SECONDS = 5.0


@dataclass(frozen=True, kw_only=True)
class Store:
    pool: asyncpg.Pool
    news: News
    runs: Runs
    approvals: Approvals
    questions: Questions
    releases: Releases
    inbox: Inbox
    pushes: Pushes
    cards: Cards
    audit: Audit
    belonging: Belonging
    history: History
    hand_overs: HandOvers
    local: Local
    logs: RunLogs
    copies: Copies
    pauses: Pauses
    mutes: Mutes
    settings: ToldSettings
    processes: Processes
    inquiries: Inquiries
    chats: Chats
    codes: Codes
    alerts: Alerts
    ringing: Ringing
    watching: Watching
    probations: Probations
    schedules: Schedules
    digests: Digests
    deliveries: Deliveries
    forge: ForgeReports
    figures: Figures
    gauges: Gauges


@contextlib.asynccontextmanager
async def open_store(address: Address, *, name: str | None = None) -> AsyncIterator[Store]:
    """The journal, made and migrated, with its news.

    Raises JournalUnreachable, JournalTooNew, MigrationFailed.

    `name` tells its connections from others' in pg_stat_activity.
    """
    pool = await open_pool(address, name=name)
    try:
        async with News(address, name=name) as news:
            yield Store(
                pool=pool,
                news=news,
                runs=Runs(pool),
                approvals=Approvals(pool),
                questions=Questions(pool),
                releases=Releases(pool),
                inbox=Inbox(pool),
                pushes=Pushes(pool),
                cards=Cards(pool),
                audit=Audit(pool),
                belonging=Belonging(pool),
                history=History(pool),
                hand_overs=HandOvers(pool),
                local=Local(pool),
                logs=RunLogs(pool),
                copies=Copies(pool),
                pauses=Pauses(pool),
                mutes=Mutes(pool),
                settings=ToldSettings(pool),
                processes=Processes(pool),
                inquiries=Inquiries(pool),
                chats=Chats(pool),
                codes=Codes(pool),
                alerts=Alerts(pool),
                ringing=Ringing(pool),
                watching=Watching(pool),
                probations=Probations(pool),
                schedules=Schedules(pool),
                digests=Digests(pool),
                deliveries=Deliveries(pool),
                forge=ForgeReports(pool),
                figures=Figures(pool),
                gauges=Gauges(pool),
            )
    finally:
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                await pool.close()
        except TimeoutError:
            pool.terminate()
