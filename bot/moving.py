"""Tells once that a home group has another id, and which settings to change."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial

import structlog

from bot.cards.people import moved_card
from bot.home import Home
from bot.lane import Letter
from bot.lanes import Lanes
from bot.outbox import Outbox
from bot.telegram import Backoff
from pipeline.cancelling import pass_on_cancellation
from pipeline.store.connect import LOST
from pipeline.store.store import Store

log = structlog.get_logger()


class Moving:
    """`homes` are those of all projects, each with the setting that names it."""

    def __init__(self, store: Store, outbox: Outbox, lanes: Lanes, homes: Sequence[tuple[Home, str]]) -> None:
        self._store = store
        self._outbox = outbox
        self._lanes = lanes
        self._homes = homes

    async def run(self) -> None:
        """What an earlier start could not tell, then each move as it is noticed; until cancelled."""
        backoff = Backoff()
        home, _ = self._homes[0]
        while True:
            homes = home.homes
            try:
                await self._tell()
                backoff.succeeded()
            except LOST as error:
                pass_on_cancellation()
                log.warning("move_not_told", problem=str(error))
                await asyncio.sleep(backoff.failed())
                continue
            await home.moved_from(homes)

    async def _tell(self) -> None:
        for move in await self._store.chats.untold():
            moved = [(home, key) for home, key in self._homes if home.chat == home.now(move.old)]
            if moved:
                home, _ = moved[0]
                keys = list(dict.fromkeys(key for _, key in moved))
                card = moved_card(move.old, home.chat, keys=keys)
                letter = Letter(deliver=partial(self._outbox.say, home.alerts, card))
                await self._lanes.post(home.chat, letter).done.wait()
                if not letter.went:
                    return
            await self._store.chats.told(move)
