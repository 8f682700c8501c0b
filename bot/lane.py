"""What goes to a chat goes one after another: no other call overtakes one that has to be tried again.

Messages go in the order in which they were asked for. Edits, of which only the newest state counts, go when
no message waits, the most pressing first. Nothing of it is kept here only: cards stand in the journal,
answers in the inbox until they are sent, so a bot that is killed goes on where it was.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field

import structlog

from bot.pace import Pace, Weight
from bot.telegram import NotNow, Telegram, TooFast, Unwelcome
from pipeline.cancelling import finished, pass_on_cancellation
from pipeline.model.errors import ConfigurationError

STUBBORN = 8
"""So many failures in a row, while Telegram answers other calls, are the letter's own: it goes last."""

log = structlog.get_logger()


@dataclass(eq=False, kw_only=True)
class Letter:
    """`deliver` looks up what is to be said and makes one attempt; it raises NotNow to be called again.

    `key` names what it is about: of letters with one key only one waits. `done` is set at its end, `went`
    unless that is only the end of the lane.
    """

    deliver: Callable[[], Awaitable[None]]
    weight: Weight = Weight.MESSAGE
    key: Hashable = None
    done: asyncio.Event = field(default_factory=asyncio.Event)
    went: bool = False
    failures: int = 0
    failed_at: float = 0.0


class Lane:
    def __init__(self, telegram: Telegram, pace: Pace, chat: Callable[[], int]) -> None:
        self._telegram = telegram
        self._pace = pace
        self._chat = chat
        self._messages: deque[Letter] = deque()
        self._edits: deque[Letter] = deque()
        self._waiting: dict[Hashable, Letter] = {}
        self._posted = asyncio.Event()
        self._trouble = False

    @property
    def well(self) -> bool:
        """Nothing has to be tried again."""
        return not self._trouble

    def post(self, letter: Letter) -> Letter:
        """Puts it at the end; the one that will go: an earlier one about the same that still waits.

        An edit that waits becomes as pressing as the new one about the same, and goes after what is as
        pressing already: that may be about the same message.
        """
        if letter.key is not None:
            waiting = self._waiting.get(letter.key)
            if waiting is not None:
                if waiting.weight > letter.weight > Weight.MESSAGE:
                    waiting.weight = letter.weight
                    self._edits.remove(waiting)
                    self._edits.append(waiting)
                    self._posted.set()
                return waiting
            self._waiting[letter.key] = letter
        self._queue(letter).append(letter)
        self._posted.set()
        return letter

    async def run(self) -> None:
        """Until cancelled; a call under way is then finished if that takes but a moment.

        Raises ConfigurationError for a token that Telegram does not know.
        """
        letter: Letter | None = None
        try:
            while True:
                letter = await self._next()
                await self._try(letter)
        finally:
            for left in (*self._messages, *self._edits, *([letter] if letter else [])):
                left.done.set()

    async def _try(self, letter: Letter) -> None:
        try:
            await finished(self._deliver(letter))
        except Unwelcome as error:
            self._put_back(letter)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._telegram.welcome(self._chat()).wait(), error.seconds)
        except NotNow as error:
            if isinstance(error, TooFast):
                self._pace.refused()
            self._put_back(letter, error)
            await asyncio.sleep(error.seconds)

    async def _deliver(self, letter: Letter) -> None:
        try:
            await letter.deliver()
            self._trouble = False
        except NotNow:
            self._trouble = True
            raise
        except ConfigurationError:
            raise
        except Exception:
            pass_on_cancellation()
            log.exception("letter_lost", about=str(letter.key))
        letter.went = True
        letter.done.set()

    async def _next(self) -> Letter:
        """Taken out once it may go, so that what is asked for from now on about the same goes after it."""
        while True:
            self._posted.clear()
            letter = self._first()
            wait = self._pace.wait(letter.weight) if letter else None
            if letter and not wait:
                self._queue(letter).remove(letter)
                if self._waiting.get(letter.key) is letter:
                    del self._waiting[letter.key]
                return letter
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._posted.wait()

    def _first(self) -> Letter | None:
        if self._messages:
            return self._messages[0]
        return min(self._edits, key=lambda letter: letter.weight, default=None)

    def _queue(self, letter: Letter) -> deque[Letter]:
        return self._messages if letter.weight is Weight.MESSAGE else self._edits

    def _put_back(self, letter: Letter, error: NotNow | None = None) -> None:
        if letter.key is not None:
            self._waiting.setdefault(letter.key, letter)
        queue = self._queue(letter)
        if error is not None and self._stubborn(letter, error):
            log.warning("letter_put_last", about=str(letter.key), problem=error.reason)
            letter.weight = Weight.LINE if queue is self._edits else letter.weight
            queue.append(letter)
        else:
            queue.appendleft(letter)

    def _stubborn(self, letter: Letter, error: NotNow) -> bool:
        if isinstance(error, TooFast):
            return False
        if letter.failures == 0:
            letter.failed_at = time.monotonic()
        letter.failures += 1
        if letter.failures < STUBBORN or self._telegram.answered_at < letter.failed_at:
            return False
        letter.failures = 0
        return True
