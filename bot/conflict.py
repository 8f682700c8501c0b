"""Another process fetches updates with our token: Telegram says so, the journal may know which it is."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

import structlog

from bot.cards.card import Card
from bot.cards.trouble import conflict_card, other_pollers
from bot.health import Part
from pipeline.cancelling import pass_on_cancellation
from pipeline.store.chat import OtherBot
from pipeline.store.connect import LOST
from pipeline.store.store import Store

OVER_SECONDS = 180.0
"""Without a refusal for so long the other one is taken to have ended."""

_LOOK_SECONDS = 5.0

log = structlog.get_logger()


class Conflict:
    """`part` is told on /health who polls; `tell` brings a card to Master, once in a conflict."""

    def __init__(
        self,
        store: Store,
        part: Part,
        tell: Callable[[Card], object],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._part = part
        self._tell = tell
        self._clock = clock
        self._met_at: float | None = None
        self._told: frozenset[str] | None = None

    async def met(self) -> None:
        """Telegram has refused us for another poller's sake."""
        now = self._clock()
        if self._met_at is not None and now - self._met_at > OVER_SECONDS:
            self._told = None
        self._met_at = now
        others = await self._others()
        who = "; ".join(other_pollers(others)) or "a process that does not use this journal"
        problem = f"another process polls with the same token: {who}; end one of them"
        log.error("another_poller", problem=problem)
        self._part.failed(problem)
        names = frozenset(other.name for other in others)
        if self._told is None or not names <= self._told:
            self._told = names
            self._tell(conflict_card(others))

    async def _others(self) -> Sequence[OtherBot]:
        try:
            async with asyncio.timeout(_LOOK_SECONDS):
                return await self._store.inbox.other_bots()
        except LOST as error:
            pass_on_cancellation()
            log.warning("other_bots_unknown", problem=str(error))
            return ()
