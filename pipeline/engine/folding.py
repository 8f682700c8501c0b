"""Folds away what the journal keeps of long ago: at the start, then once a day, a little at a time."""

from __future__ import annotations

import asyncio

import structlog

from pipeline.cancelling import pass_on_cancellation
from pipeline.store.connect import LOST
from pipeline.store.store import Store

DAY_SECONDS = 86_400.0
RUNS_AT_A_TIME = 100
UPDATES_AT_A_TIME = 1000
_PAUSE_SECONDS = 0.05

log = structlog.get_logger()


async def keep_folding(store: Store, days: int, *, every: float = DAY_SECONDS) -> None:
    """Until cancelled. What goes wrong is logged and tried again; no run waits for it."""
    while True:
        try:
            await fold(store, days)
        except LOST as error:
            pass_on_cancellation()
            log.warning("folding_waits", problem=str(error))
        except Exception:
            pass_on_cancellation()
            log.exception("folding_failed")
        await asyncio.sleep(every)


async def fold(store: Store, days: int) -> None:
    """Folds the events of runs that ended more than `days` ago; forgets their logs, and updates handled then.

    In short transactions, each whole in itself: it may be cut anywhere, and run beside another.
    """
    runs, logs, updates = 0, 0, 0
    while folded := await store.history.fold_events(days, RUNS_AT_A_TIME):
        runs += folded
        await asyncio.sleep(_PAUSE_SECONDS)
    while removed := await store.logs.forget(RUNS_AT_A_TIME):
        logs += removed
        await asyncio.sleep(_PAUSE_SECONDS)
    while forgotten := await store.history.forget_updates(days, UPDATES_AT_A_TIME):
        updates += forgotten
        await asyncio.sleep(_PAUSE_SECONDS)
    await store.history.move_known_since()
    if runs or updates or logs:
        log.info("history_folded", runs=runs, logs=logs, updates=updates, days=days)
