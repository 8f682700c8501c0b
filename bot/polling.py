"""Fetches updates: each is in the journal before Telegram is told that it arrived."""

from __future__ import annotations

import asyncio
import json
from typing import Any, ClassVar

import structlog
from aiogram.methods import DeleteWebhook, TelegramMethod

from bot.arrivals import Arrivals
from bot.conflict import Conflict
from bot.telegram import Backoff, NotNow, Telegram, Unsendable
from pipeline.cancelling import pass_on_cancellation
from pipeline.store.connect import LOST
from pipeline.store.store import Store

POLL_SECONDS = 25
_FIRST_SECONDS = 1  # so that /health knows soon that Telegram answers
_BATCH = 100
_OTHER_POLLER_SECONDS = 15.0
_KINDS = ["message", "callback_query"]

log = structlog.get_logger()


class RawUpdates(TelegramMethod[list[dict[str, Any]]]):
    """getUpdates, its result as it came: one that cannot be decoded does not take the others with it."""

    __returning__: ClassVar[Any] = list[dict[str, Any]]
    __api_method__: ClassVar[str] = "getUpdates"

    offset: int
    limit: int = _BATCH
    timeout: int = POLL_SECONDS
    allowed_updates: list[str] = _KINDS


class Poller:
    """Fetches updates into the journal, and tells `arrivals` whenever there may be new ones.

    Of two pollers Telegram refuses the one that asked before; it then waits, to leave the other in peace.
    """

    def __init__(self, telegram: Telegram, store: Store, arrivals: Arrivals, conflict: Conflict) -> None:
        self._telegram = telegram
        self._store = store
        self._arrivals = arrivals
        self._conflict = conflict

    async def run(self) -> None:
        """Until cancelled. Raises ConfigurationError for a token that Telegram does not know."""
        offset, seconds = 0, _FIRST_SECONDS
        backoff = Backoff()
        while True:
            try:
                updates = RawUpdates(offset=offset, timeout=seconds)
                batch = await self._telegram.call(updates, wait=seconds)
                await self._keep(batch)
            except NotNow as error:
                await self._wait(error)
                continue
            except Unsendable as error:
                log.warning("updates_refused", problem=str(error))
                await asyncio.sleep(backoff.failed())
                continue
            except LOST as error:
                pass_on_cancellation()
                log.warning("updates_not_stored", problem=str(error))
                await asyncio.sleep(backoff.failed())
                continue
            backoff.succeeded()
            seconds = POLL_SECONDS
            # An offset confirms once; ids begin anew after a quiet week, so none is kept longer.
            offset = max((update["update_id"] for update in batch), default=-1) + 1

    async def _keep(self, batch: list[dict[str, Any]]) -> None:
        updates = [(update["update_id"], as_json(update)) for update in batch]
        if len(updates) == 1 and self._arrivals.awaited:
            self._arrivals.tell(await self._store.inbox.store_one(*updates[0]))
        elif updates:
            await self._store.inbox.store(updates)
            self._arrivals.tell()
        await asyncio.sleep(0)  # who waits for them goes before the next call

    async def _wait(self, error: NotNow) -> None:
        if "webhook is active" in error.reason:
            log.warning("webhook_removed", problem=error.reason)
            try:
                await self._telegram.call(DeleteWebhook(drop_pending_updates=False))
            except NotNow as again:
                await asyncio.sleep(again.seconds)
            return
        if "terminated by other getUpdates" in error.reason:
            await self._conflict.met()
            await asyncio.sleep(_OTHER_POLLER_SECONDS)
            return
        await asyncio.sleep(error.seconds)


def as_json(update: dict[str, Any]) -> str:
    """JSON that PostgreSQL keeps: it takes neither NUL nor half a surrogate pair."""
    return json.dumps(_storable(update))


def _storable(value: Any) -> Any:
    match value:
        case str():
            return value.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        case list():
            return [_storable(item) for item in value]
        case dict():
            return {_storable(key): _storable(item) for key, item in value.items()}
        case _:
            return value
