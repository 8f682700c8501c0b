"""Stored updates: handled one by one, each until it is done.

A handler may run twice for one update, after a crash; its effects carry keys that make that harmless.
Handling does not wait for sending: what a command starts is started also while Telegram takes no answers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
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
from bot.auth import is_master, sender, shown_name
from bot.cards.card import Card
from bot.cards.trouble import mishap, tap_too_old
from bot.lane import Lane, Letter
from bot.outbox import Outbox
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
        lane: Lane,
        master: int,
        arrivals: Arrivals,
    ) -> None:
        self._store = store
        self._dispatcher = dispatcher
        self._telegram = telegram
        self._outbox = outbox
        self._lane = lane
        self._master = master
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
            if is_master(*sender(update), self._master):
                self._telegram.heard()
                if answer is UNHANDLED:
                    log.info("update_unhandled", update=stored.update_id)
                self._answer(update, answer if isinstance(answer, Answer) else Answer(), group)
            else:
                await self._store.inbox.drop(stored.update_id)
            return
        if attempt is not None:  # None: another bot on this journal has answered it meanwhile
            await self._set_aside(stored, problem, group)

    def _is_too_old(self, stored: StoredUpdate, update: Update) -> bool:
        """A tap that lay here while the bot was away; one that was tried may have had its effect."""
        is_fresh = stored.age < TAP_AGE or stored.attempts > 1
        return update.callback_query is not None and not is_fresh and is_master(*sender(update), self._master)

    async def _too_old(self, update: Update) -> Answer:
        query = update.callback_query
        if query is not None:
            data = cut(clean(query.data or ""), 100)
            await self._store.audit.write(shown_name(query.from_user), "tap too old", data=data)
        return Answer(card=tap_too_old())

    def _answer(self, update: Update, answer: Answer, group: asyncio.TaskGroup) -> None:
        """The answer takes its place in the lane now; the update is done when it has arrived."""
        replied = update.message.message_id if update.message else None
        letter = self._posted(answer.card, replied) if answer.card else None
        if answer.document:
            deliver = partial(self._outbox.hand_over, self._master, answer.document)
            letter = self._lane.post(Letter(deliver=deliver, key=answer.document.key))
        query = update.callback_query

        async def arrive() -> None:
            if query is not None:
                await self._outbox.toast(query.id, answer.toast, alert=answer.alert)
            await self._closed_after(letter, update.update_id)

        self._begin(update.update_id, arrive(), group)

    def _posted(self, card: Card, reply_to: int | None = None) -> Letter:
        return self._lane.post(
            Letter(deliver=partial(self._outbox.say, self._master, card, reply_to=reply_to))
        )

    def _begin(self, update_id: int, answer: Coroutine[Any, Any, None], group: asyncio.TaskGroup) -> None:
        self._answering.add(update_id)
        task = group.create_task(answer)
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)

    async def _closed_after(self, letter: Letter | None, update_id: int, problem: str | None = None) -> None:
        if letter is not None:
            await letter.done.wait()
        await self._close(update_id, problem)

    async def _close(self, update_id: int, problem: str | None = None) -> None:
        backoff = Backoff()
        while True:
            try:
                await self._store.inbox.close(update_id, problem)
            except LOST as error:
                pass_on_cancellation()
                log.warning("update_not_closed", problem=str(error))
                await asyncio.sleep(backoff.failed())
                continue
            self._answering.discard(update_id)
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
        letter = self._posted(mishap(stored.update_id, problem))
        self._begin(stored.update_id, self._closed_after(letter, stored.update_id, problem), group)
