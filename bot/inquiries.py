"""Tells the chat what the worker answered to an inquiry, or that no answer came."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import assert_never

import structlog

from bot.cards.card import Card
from bot.cards.foreseen import foreseen_card
from bot.cards.logs import is_cut, logs_card
from bot.cards.restart import restarted_card
from bot.lane import Letter
from bot.lanes import Lanes
from bot.log_file import log_file
from bot.outbox import Outbox
from bot.pace import Weight
from bot.place import Place
from bot.restarts import note_restart
from pipeline.cancelling import pass_on_cancellation
from pipeline.model.inquiry import Inquiry, InquiryId, LogsFound, LogsWanted, PlanWanted, RestartWanted
from pipeline.model.release import Observation, ProjectId
from pipeline.store.connect import LOST
from pipeline.store.listen import INQUIRIES, SLOW_POLL_SECONDS
from pipeline.store.store import Store

_SOON_SECONDS = 0.5
_JOURNAL_SECONDS = 2.0

log = structlog.get_logger()


class Inquiries:
    """Nothing waits here for the worker, nor for a chat that takes nothing: what is asked stands in the
    journal until it is told. `of` makes a card one of the project."""

    def __init__(
        self,
        *,
        store: Store,
        outbox: Outbox,
        lanes: Lanes,
        project: ProjectId,
        of: Callable[[Card], Card] = lambda card: card,
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._outbox = outbox
        self._lanes = lanes
        self._project = project
        self._of = of
        self._now = now
        self._posted: dict[InquiryId, Letter] = {}

    async def run(self) -> None:
        """Until cancelled."""
        async with self._store.news.subscribe(INQUIRIES) as news:
            while True:
                try:
                    waiting = await self._tell()
                except LOST as error:
                    pass_on_cancellation()
                    log.warning("answers_wait", problem=str(error))
                    await asyncio.sleep(_JOURNAL_SECONDS)
                else:
                    await news.wait(_SOON_SECONDS if waiting else SLOW_POLL_SECONDS)

    async def _tell(self) -> bool:
        """Whether an inquiry still waits for its answer."""
        due, waiting = await self._store.inquiries.untold(self._project)
        known = {inquiry.id for inquiry in due}
        self._posted = {number: letter for number, letter in self._posted.items() if number in known}
        for inquiry in due:
            posted = self._posted.get(inquiry.id)
            if posted is None:
                await self._post(inquiry)
            elif posted.went:  # while the journal was away
                await self._store.inquiries.told(inquiry.id)
        return waiting

    async def _post(self, inquiry: Inquiry) -> None:
        wanted, now = inquiry.wanted, self._now()
        if isinstance(wanted, RestartWanted) and await note_restart(self._store, inquiry, wanted, now):
            await self._store.inquiries.told(inquiry.id)
            return
        seen = await self._store.releases.observation(self._project)
        deliver = partial(self._deliver, inquiry, self._of(answer_card(inquiry, seen, now)))
        weight = Weight.MESSAGE if inquiry.message is None else Weight.END
        letter = Letter(deliver=deliver, weight=weight, key=("inquiry", inquiry.id))
        self._posted[inquiry.id] = self._lanes.post(inquiry.chat, letter)

    async def _deliver(self, inquiry: Inquiry, card: Card) -> None:
        place = Place(inquiry.chat, inquiry.topic)
        if inquiry.message is None:
            await self._outbox.say(place, card)
        else:
            await self._outbox.turn_over(place, inquiry.message, card)
        if _wants_file(inquiry) and isinstance(inquiry.answer, LogsFound) and is_cut(inquiry.answer):
            document = log_file(self._store, inquiry, reply_to=inquiry.message)
            deliver = partial(self._outbox.hand_over, place, document)
            self._lanes.post(inquiry.chat, Letter(deliver=deliver, key=document.key))
        try:
            await self._store.inquiries.told(inquiry.id)
        except LOST as error:
            pass_on_cancellation()
            log.warning("answer_not_noted", problem=str(error))


def answer_card(inquiry: Inquiry, seen: Observation | None, now: datetime) -> Card:
    match inquiry.wanted:
        case LogsWanted():
            return logs_card(inquiry, seen, now)
        case PlanWanted():
            return foreseen_card(inquiry, seen, now)
        case RestartWanted():
            return restarted_card(inquiry, inquiry.wanted)
        case _:
            assert_never(inquiry.wanted)


def _wants_file(inquiry: Inquiry) -> bool:
    return isinstance(inquiry.wanted, LogsWanted) and inquiry.wanted.file
