"""Offers the cards of all projects to their chats, whenever the journal has news."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import structlog

from bot.lane import Letter
from bot.progress import Progress
from pipeline.cancelling import pass_on_cancellation
from pipeline.store.connect import LOST
from pipeline.store.listen import News

_JOURNAL_SECONDS = 2.0

log = structlog.get_logger()


class Telling:
    """One for all projects: where they share a chat, a message whose sending was cut comes first, whichever
    project it is of."""

    def __init__(self, news: News, progresses: Sequence[Progress]) -> None:
        self._news = news
        self._progresses = progresses

    async def run(self) -> None:
        """Until cancelled."""
        async with self._news.subscribe() as news:
            while True:
                try:
                    await self._offer_all()
                except LOST as error:
                    pass_on_cancellation()
                    log.warning("cards_wait", problem=str(error))
                    await asyncio.sleep(_JOURNAL_SECONDS)
                else:
                    await news.wait()

    async def _offer_all(self) -> None:
        found: list[tuple[int, Progress, Letter]] = []
        for progress in self._progresses:
            found += [(turn, progress, letter) for turn, letter in await progress.offers()]
        for _, progress, letter in sorted(found, key=lambda offer: offer[0]):
            progress.post(letter)
