"""Stored updates: handled one by one, each until it is done.

A handler may run twice for one update, after a crash; its effects carry keys that make that harmless.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog
from aiogram import Dispatcher
from aiogram.dispatcher.event.bases import UNHANDLED
from aiogram.types import Update

from bot.answer import Answer
from bot.auth import is_master, sender
from bot.cards.help import mishap
from bot.cards.text import clean, cut
from bot.outbox import Outbox
from bot.telegram import Backoff, Telegram
from pipeline.cancelling import GRACE_SECONDS, end, pass_on_cancellation
from pipeline.store.chat import StoredUpdate
from pipeline.store.connect import LOST
from pipeline.store.store import Store

TRIES = 3
_BATCH = 100
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
        master: int,
        arrived: asyncio.Event,
    ) -> None:
        self._store = store
        self._dispatcher = dispatcher
        self._telegram = telegram
        self._outbox = outbox
        self._master = master
        self._arrived = arrived
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
        while True:
            self._arrived.clear()
            try:
                await self._all(group)
                backoff.succeeded()
            except LOST as error:
                pass_on_cancellation()
                log.warning("updates_wait", problem=str(error))
                await asyncio.sleep(backoff.failed())
                continue
            await self._arrived.wait()

    async def _all(self, group: asyncio.TaskGroup) -> None:
        while True:
            stored = await self._store.inbox.open(len(self._answering) + _BATCH)
            waiting = [update for update in stored if update.update_id not in self._answering]
            if not waiting:
                return
            for update in waiting:
                await self._one(update, group)

    async def _one(self, stored: StoredUpdate, group: asyncio.TaskGroup) -> None:
        attempt = await self._store.inbox.attempt(stored.update_id)
        problem = "it ended the process each time"
        while attempt is not None and attempt <= TRIES:
            try:
                update = Update.model_validate_json(stored.raw, context={"bot": self._telegram.bot})
                answer = await self._dispatcher.feed_update(self._telegram.bot, update)
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
                self._answering.add(stored.update_id)
                said = answer if isinstance(answer, Answer) else Answer()
                if answer is UNHANDLED:
                    log.info("update_unhandled", update=stored.update_id)
                self._begin(self._answer(update, said), group)
            else:
                await self._store.inbox.close(stored.update_id)
            return
        if attempt is not None:  # None: it was answered while the list of open ones was on its way here
            await self._set_aside(stored, problem, group)

    def _begin(self, answer: Coroutine[Any, Any, None], group: asyncio.TaskGroup) -> None:
        """Sends in the background: an answer that waits for Telegram keeps no command from its effect."""
        task = group.create_task(answer)
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)

    async def _answer(self, update: Update, answer: Answer) -> None:
        """The update is done when its answer has arrived."""
        if update.callback_query is not None:
            await self._outbox.toast(update.callback_query.id, answer.toast, alert=answer.alert)
        if answer.card is not None:
            replied = update.message.message_id if update.message else None
            await self._outbox.say(self._master, answer.card, reply_to=replied)
        await self._close(update.update_id)

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
        await self._store.inbox.close(stored.update_id, problem)
        self._begin(self._outbox.say(self._master, mishap(stored.update_id, problem)), group)
