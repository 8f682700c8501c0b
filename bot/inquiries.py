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
    """Nothing waits for the worker here: what is asked stands in the journal until it is told. `of` makes a
    card one of the project."""

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
        self._told: set[InquiryId] = set()

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
        letters = []
        for inquiry in due:
            if inquiry.id in self._told:  # while the journal was away
                await self._note(inquiry.id)
                continue
            if isinstance(inquiry.wanted, RestartWanted) and await note_restart(
                self._store, inquiry, inquiry.wanted, self._now()
            ):
                await self._note(inquiry.id)
                continue
            seen = await self._store.releases.observation(self._project)
            card = self._of(answer_card(inquiry, seen, self._now()))
            deliver = partial(self._deliver, inquiry, card)
            weight = Weight.MESSAGE if inquiry.message is None else Weight.END
            letter = Letter(deliver=deliver, weight=weight, key=("inquiry", inquiry.id))
            letters.append(self._lanes.post(inquiry.chat, letter))
        for letter in letters:
            await letter.done.wait()
        return waiting

    async def _deliver(self, inquiry: Inquiry, card: Card) -> None:
        place = Place(inquiry.chat, inquiry.topic)
        if inquiry.message is None:
            await self._outbox.say(place, card)
        else:
            await self._outbox.turn_over(place, inquiry.message, card)
        self._told.add(inquiry.id)
        if _wants_file(inquiry) and isinstance(inquiry.answer, LogsFound) and is_cut(inquiry.answer):
            document = log_file(self._store, inquiry, reply_to=inquiry.message)
            deliver = partial(self._outbox.hand_over, place, document)
            self._lanes.post(inquiry.chat, Letter(deliver=deliver, key=document.key))
        try:
            await self._note(inquiry.id)
        except LOST as error:
            pass_on_cancellation()
            log.warning("answer_not_noted", problem=str(error))

    async def _note(self, inquiry: InquiryId) -> None:
        await self._store.inquiries.told(inquiry)
        self._told.discard(inquiry)


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
