"""A lane for each chat that is written to: one that takes nothing does not hold the others up."""

from __future__ import annotations

import asyncio
from functools import partial

from bot.home import Home
from bot.lane import Lane, Letter
from bot.pace import Paces
from bot.telegram import Telegram


class Lanes:
    """Only people with rights and the home chat are written to, so there are few."""

    def __init__(self, telegram: Telegram, paces: Paces, home: Home) -> None:
        self._telegram = telegram
        self._paces = paces
        self._home_chat = home
        self._lanes: dict[int, Lane] = {}
        self._fresh: asyncio.Queue[Lane] = asyncio.Queue()

    @property
    def home(self) -> Lane:
        return self.at(self._home_chat.chat)

    def at(self, chat: int) -> Lane:
        """A group that became a supergroup keeps its lane, and what waits there."""
        now = self._home_chat.now(chat)
        for known, lane in self._lanes.items():
            if self._home_chat.now(known) == now:
                return lane
        pace = self._paces.of(now)
        lane = self._lanes[now] = Lane(self._telegram, pace, partial(self._home_chat.now, now))
        self._fresh.put_nowait(lane)
        return lane

    def post(self, chat: int, letter: Letter) -> Letter:
        return self.at(chat).post(letter)

    async def run(self) -> None:
        """Until cancelled. Raises ConfigurationError for a token that Telegram does not know."""
        async with asyncio.TaskGroup() as group:
            while True:
                lane = await self._fresh.get()
                group.create_task(lane.run())
