"""Stored updates: handled one by one, each until it is done.

A handler may run twice for one update, after a crash; its effects carry keys that make that harmless.
Handling does not wait for sending: what a command starts is started also while Telegram takes no answers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from aiogram import Dispatcher
from aiogram.dispatcher.event.bases import UNHANDLED
from aiogram.types import Update

from bot.answer import Answer
from bot.arrivals import Arrivals
from bot.auth import IGNORED, Admission, shown_name
from bot.cards.card import Card
from bot.cards.people import elsewhere_card
from bot.cards.trouble import mishap, tap_too_old
from bot.codes import holds_code
from bot.home import Home
from bot.lane import Letter
from bot.lanes import Lanes
from bot.outbox import Outbox
from bot.pace import Weight
from bot.place import Place, place_of
from bot.rights import Hearing
from bot.telegram import Backoff, Telegram
from pipeline.cancelling import GRACE_SECONDS, end, pass_on_cancellation
from pipeline.store.chat import StoredUpdate
from pipeline.store.connect import LOST
from pipeline.store.store import Store
from pipeline.wording.markup import clean, cut

TRIES = 3
TAP_AGE = timedelta(seconds=150)
"""Telegram itself hands no older tap on."""

_UNSENT = 200
"""So many answers are kept ready; what comes then waits in the journal until one of them is sent."""

_TRY_AGAIN_SECONDS = 1.0

log = structlog.get_logger()


class Handling:
    """Feeds stored updates to the dispatcher and sends what the handlers answer."""

    def __init__(
        self,
        *,
        store: Store,
        dispatcher: Dispatcher,
        telegram: Telegram,
        outbox: Outbox,
        lanes: Lanes,
        home: Home,
        admission: Admission,
        arrivals: Arrivals,
    ) -> None:
        self._store = store
        self._dispatcher = dispatcher
        self._telegram = telegram
        self._outbox = outbox
        self._lanes = lanes
        self._home = home
        self._admission = admission
        self._arrivals = arrivals
        self._answering: set[int] = set()
        self._answers: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Until cancelled; what is then unfinished is handled at the next start."""
        async with asyncio.TaskGroup() as group:
            try:
                await self._take(group)
            finally:
                if self._answers:
                    await asyncio.wait(self._answers, timeout=GRACE_SECONDS)
                await end(self._answers)

    async def _take(self, group: asyncio.TaskGroup) -> None:
        backoff = Backoff()
        first: StoredUpdate | None = None
        while True:
            try:
                await self._all(first, group)
                backoff.succeeded()
            except LOST as error:
                pass_on_cancellation()
                log.warning("updates_wait", problem=str(error))
                await asyncio.sleep(backoff.failed())
                first = None
                continue
            first = await self._arrivals.wait()

    async def _all(self, first: StoredUpdate | None, group: asyncio.TaskGroup) -> None:
        await self._room()
        if first is not None:
            # Its try is counted beside it: asked for before what the handler asks for, so it is there before.
            counting = group.create_task(self._count(first.update_id))
            await asyncio.sleep(0)
            await self._one(replace(first, attempts=1), group)
            await counting
        while (stored := await self._store.inbox.take(self._answering)) is not None:
            await self._one(stored, group)
            await self._room()

    async def _room(self) -> None:
        while len(self._answers) >= _UNSENT:
            await asyncio.wait(self._answers, return_when=asyncio.FIRST_COMPLETED)

    async def _count(self, update_id: int) -> None:
        try:
            await self._store.inbox.attempt(update_id)
        except LOST as error:
            pass_on_cancellation()
            log.warning("try_not_counted", update=update_id, problem=str(error))

    async def _one(self, stored: StoredUpdate, group: asyncio.TaskGroup) -> None:
        attempt: int | None = stored.attempts
        problem = "it ended the process each time"
        while attempt is not None and attempt <= TRIES:
            try:
                update = Update.model_validate_json(stored.raw, context={"bot": self._telegram.bot})
                if self._is_too_old(stored, update):
                    answer: object = await self._too_old(update)
                else:
                    answer = await self._dispatcher.feed_update(self._telegram.bot, update)
                if attempt > 1:
                    await self._store.inbox.rest(stored.update_id)
            except Exception as error:
                pass_on_cancellation()
                if isinstance(error, LOST) and not await self._journal_was_there():
                    continue  # not the update's fault: this try does not count
                log.exception("update_failed", update=stored.update_id, attempt=attempt)
                problem = f"{type(error).__name__}: {cut(clean(str(error)), 200)}"
                await asyncio.sleep(_TRY_AGAIN_SECONDS * attempt)
                attempt = await self._store.inbox.attempt(stored.update_id)
                continue
            place = place_of(update)
            if place is None or answer is IGNORED:
                await self._store.inbox.drop(stored.update_id)
                return
            self._telegram.heard(self._home.now(place.chat))
            if answer is UNHANDLED:
                log.info("update_unhandled", update=stored.update_id)
            self._answer(update, place, answer if isinstance(answer, Answer) else Answer(), group)
            return
        if attempt is not None:  # None: another bot on this journal has answered it meanwhile
            await self._set_aside(stored, problem, group)

    def _is_too_old(self, stored: StoredUpdate, update: Update) -> bool:
        """A tap that lay here while the bot was away; one that was tried may have had its effect."""
        is_fresh = stored.age < TAP_AGE or stored.attempts > 1
        heard = self._admission.hearing(update) is Hearing.HEARD
        return update.callback_query is not None and not is_fresh and heard

    async def _too_old(self, update: Update) -> Answer:
        query = update.callback_query
        if query is not None:
            data = cut(clean(query.data or ""), 100)
            chat = query.message.chat.id if query.message else None
            await self._store.audit.write(shown_name(query.from_user), "tap too old", chat=chat, data=data)
        return Answer(card=tap_too_old())

    def _answer(self, update: Update, place: Place, answer: Answer, group: asyncio.TaskGroup) -> None:
        """The answer takes its place in the lane now; the update is done when it has arrived."""
        replied = update.message.message_id if update.message else None
        tapped = update.callback_query.message if update.callback_query else None
        card, letters = answer.card, []
        if answer.at_home and replied and self._home.now(place.chat) != self._home.chat:
            card = elsewhere_card()
        if card:
            over = tapped.message_id if tapped and answer.edit else None
            letters.append(self._posted(place, card, replied, over=over))
        if answer.document:
            deliver = partial(self._outbox.hand_over, place, answer.document)
            letters.append(self._lanes.post(place.chat, Letter(deliver=deliver, key=answer.document.key)))
        if update.message and holds_code(update.message.text or update.message.caption):
            forget = partial(self._outbox.forget, place, update.message.message_id)
            letters.append(self._lanes.post(place.chat, Letter(deliver=forget)))
        query = update.callback_query

        async def arrive() -> None:
            if query is not None:
                await self._outbox.toast(query.id, answer.toast, alert=answer.alert)
            if answer.record is not None:
                await self._written(answer.record)
            await self._closed_after(letters, update.update_id)

        self._begin(update.update_id, arrive(), group)

    def _posted(
        self, place: Place, card: Card, reply_to: int | None = None, *, over: int | None = None
    ) -> Letter:
        """`over` is the message that the card takes the place of: as pressing as that one's last form, which
        would else go first and be covered."""
        if over is not None:
            turn = partial(self._outbox.turn_over, place, over, card)
            return self._lanes.post(place.chat, Letter(deliver=turn, weight=Weight.END))
        deliver = partial(self._outbox.say, place, card, reply_to=reply_to)
        return self._lanes.post(place.chat, Letter(deliver=deliver))

    def _begin(self, update_id: int, answer: Coroutine[Any, Any, None], group: asyncio.TaskGroup) -> None:
        self._answering.add(update_id)
        task = group.create_task(answer)
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)

    async def _closed_after(
        self, letters: Sequence[Letter], update_id: int, problem: str | None = None
    ) -> None:
        for letter in letters:
            await letter.done.wait()
            if not letter.went:
                return
        await self._close(update_id, problem)

    async def _close(self, update_id: int, problem: str | None = None) -> None:
        await self._written(partial(self._store.inbox.close, update_id, problem))
        self._answering.discard(update_id)

    async def _written(self, write: Callable[[], Awaitable[object]]) -> None:
        """Tried until the journal takes it."""
        backoff = Backoff()
        while True:
            try:
                await write()
            except LOST as error:
                pass_on_cancellation()
                log.warning("update_not_noted", problem=str(error))
                await asyncio.sleep(backoff.failed())
            else:
                return

    async def _journal_was_there(self) -> bool:
        """Waits until the journal answers; whether it did at once."""
        backoff = Backoff()
        at_once = True
        while True:
            try:
                await self._store.inbox.last_id()
            except LOST as error:
                pass_on_cancellation()
                log.warning("updates_wait", problem=str(error))
                await asyncio.sleep(backoff.failed())
                at_once = False
                continue
            return at_once

    async def _set_aside(self, stored: StoredUpdate, problem: str, group: asyncio.TaskGroup) -> None:
        log.error("update_set_aside", update=stored.update_id, problem=problem)
        await self._store.audit.write("bot", "update set aside", update=stored.update_id, problem=problem)
        letter = self._posted(self._home.alerts, mishap(stored.update_id, problem))
        self._begin(stored.update_id, self._closed_after([letter], stored.update_id, problem), group)
