"""Tells once that the home group has another id, and which setting to change."""

from __future__ import annotations

import asyncio
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
    """`key` is the setting that names the home chat."""

    def __init__(self, store: Store, outbox: Outbox, lanes: Lanes, home: Home, key: str) -> None:
        self._store = store
        self._outbox = outbox
        self._lanes = lanes
        self._home = home
        self._key = key

    async def run(self) -> None:
        """What an earlier start could not tell, then each move as it is noticed; until cancelled."""
        backoff = Backoff()
        while True:
            home = self._home.chat
            try:
                await self._tell()
                backoff.succeeded()
            except LOST as error:
                pass_on_cancellation()
                log.warning("move_not_told", problem=str(error))
                await asyncio.sleep(backoff.failed())
                continue
            await self._home.moved_from(home)

    async def _tell(self) -> None:
        for move in await self._store.chats.untold():
            if self._home.now(move.old) == self._home.chat:
                card = moved_card(move.old, self._home.chat, key=self._key)
                letter = Letter(deliver=partial(self._outbox.say, self._home.alerts, card))
                await self._lanes.home.post(letter).done.wait()
                if not letter.went:
                    return
            await self._store.chats.told(move)
