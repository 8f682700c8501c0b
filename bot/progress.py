"""Makes the chat equal to the journal: cards that are missing are sent, those that differ are edited.

Nothing is remembered but what the journal holds, so a bot that starts anew goes on in the same messages.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from datetime import datetime

import structlog

from bot.outbox import Outbox
from bot.subjects import Face, Shown, Subjects
from bot.telegram import Gone, NotNow, Telegram, Unsendable, Unwelcome
from pipeline.cancelling import finished, pass_on_cancellation
from pipeline.store.chat import ShownCard
from pipeline.store.connect import LOST
from pipeline.store.store import Store

_JOURNAL_SECONDS = 2.0
_SET_ASIDE_SECONDS = 60.0

log = structlog.get_logger()


class Progress:
    def __init__(
        self,
        *,
        store: Store,
        outbox: Outbox,
        telegram: Telegram,
        chat: int,
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._outbox = outbox
        self._telegram = telegram
        self._chat = chat
        self._subjects = Subjects(store, chat, now)
        self._set_aside: dict[Face, float] = {}

    async def run(self) -> None:
        """Until cancelled."""
        async with self._store.news.subscribe() as news:
            while True:
                try:
                    await self._tell_all()
                except Unwelcome as error:
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._telegram.welcome.wait(), error.seconds)
                except NotNow as error:
                    await asyncio.sleep(error.seconds)
                except LOST as error:
                    pass_on_cancellation()
                    log.warning("cards_wait", problem=str(error))
                    await asyncio.sleep(_JOURNAL_SECONDS)
                else:
                    await news.wait()

    async def _tell_all(self) -> None:
        """New messages first: they make the phone ring."""
        faces = [face for face in await self._subjects.to_tell() if self._is_due(face)]
        shown = {face: await self._store.cards.get(face.subject, face.id, self._chat) for face in faces}
        for face in faces:
            if shown[face] is None:
                await self._guarded(face, None)
        for face in faces:
            if (card := shown[face]) is not None:
                await self._guarded(face, card)

    async def _guarded(self, face: Face, shown: ShownCard | None) -> None:
        """A card that cannot be made or sent does not keep the others from Master."""
        try:
            await (finished(self._send(face)) if shown is None else self._edit(face, shown))
        except (NotNow, *LOST):
            raise
        except Exception as error:
            pass_on_cancellation()
            if isinstance(error, Unsendable):
                log.warning("card_refused", subject=face.subject, id=face.id, problem=str(error))
            else:
                log.exception("card_failed", subject=face.subject, id=face.id)
            self._set_aside[face] = time.monotonic() + _SET_ASIDE_SECONDS

    async def _send(self, face: Face) -> None:
        wanted = await self._subjects.look(face)
        message = await self._outbox.send(self._chat, wanted.card, reply_to=wanted.reply_to)
        await self._record(face, message, wanted)

    async def _edit(self, face: Face, shown: ShownCard) -> None:
        wanted = await self._subjects.look(face)
        message = shown.message_id
        if wanted.card.fingerprint != shown.shown or message is None:
            await asyncio.sleep(self._outbox.until_edit())
            wanted = await self._subjects.look(face)
            await finished(self._replace(face, message, wanted))
        elif wanted.final:
            await self._record(face, message, wanted)

    async def _replace(self, face: Face, message: int | None, wanted: Shown) -> None:
        if message is not None:
            try:
                await self._outbox.edit(self._chat, message, wanted.card)
            except Gone as error:
                log.info("card_sent_anew", problem=str(error))
                message = None
        if message is None:
            message = await self._outbox.send(self._chat, wanted.card, reply_to=wanted.reply_to)
        await self._record(face, message, wanted)

    async def _record(self, face: Face, message: int, wanted: Shown) -> None:
        await self._store.cards.show(
            face.subject,
            face.id,
            self._chat,
            message=message,
            shown=wanted.card.fingerprint,
            final=wanted.final,
        )

    def _is_due(self, face: Face) -> bool:
        return self._set_aside.get(face, 0.0) <= time.monotonic()
