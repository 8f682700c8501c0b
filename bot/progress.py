"""Makes the chat equal to the journal: cards that are missing are sent, those that differ are edited.

Nothing is remembered but what the journal holds, so a bot that starts anew goes on in the same messages.
"""

from __future__ import annotations

import contextlib
import time
from functools import partial

import structlog

from bot.home import Home
from bot.lane import Letter
from bot.lanes import Lanes
from bot.outbox import Outbox
from bot.pace import Weight
from bot.place import Place
from bot.subjects import Face, Shown, Subjects
from bot.telegram import Gone, Moved, NotNow, TooFast, Unsendable, Unwelcome
from pipeline.cancelling import pass_on_cancellation
from pipeline.model.errors import ConfigurationError
from pipeline.store.chat import ShownCard
from pipeline.store.connect import LOST
from pipeline.store.store import Store
from pipeline.version import own_host

CHECK_SECONDS = 60.0
"""How often it is seen to that a card which waits for an answer is still there: Telegram does not tell."""

_SET_ASIDE_SECONDS = 60.0
_LOOKED_AT = 5

log = structlog.get_logger()


Offer = tuple[int, Letter]
"""A card to be delivered and its turn, the lowest first. Before new messages, which make the phone ring,
comes one whose sending was cut: it is looked for right behind the last that is known."""


class Progress:
    """The cards of one project, in its home chat."""

    def __init__(self, *, store: Store, outbox: Outbox, lanes: Lanes, home: Home, subjects: Subjects) -> None:
        self._store = store
        self._outbox = outbox
        self._lanes = lanes
        self._home = home
        self._chat = home.chat
        self._subjects = subjects
        self._set_aside: dict[Face, float] = {}
        self._unrecorded: dict[Face, int] = {}
        self._there: dict[Face, float] = {}
        self._refused: set[Face] = set()
        self._states: dict[Face, str] = {}

    async def offers(self) -> list[Offer]:
        """What the chat does not show as the journal says it. Raises LOST."""
        self._stay_home()
        now = time.monotonic()
        to_tell = await self._subjects.to_tell()
        self._forget_others(to_tell)
        faces = [face for face in to_tell if self._set_aside.get(face, 0.0) <= now]
        shown = {face: await self._store.cards.get(face.subject, face.id, self._chat) for face in faces}
        offers = []
        for face in faces:
            weight = await self._weight(face, shown[face])
            if weight is not None:
                letter = Letter(deliver=partial(self._deliver, face), weight=weight, key=face)
                offers.append((_turn(shown[face]), letter))
        return offers

    def post(self, letter: Letter) -> None:
        self._lanes.post(self._chat, letter)

    def _stay_home(self) -> None:
        """In a group that has become a supergroup no message of before can be edited: all is sent anew."""
        if self._chat != self._home.chat:
            self._chat = self._home.chat
            self._forget_others([])

    async def _weight(self, face: Face, shown: ShownCard | None) -> Weight | None:
        """How much a card presses; None where the chat shows it as it is."""
        if shown is None or shown.message_id is None:
            return Weight.MESSAGE
        try:
            wanted = await self._subjects.look(face)
        except LOST:
            raise
        except Exception:
            pass_on_cancellation()
            return Weight.STATE  # what is wrong with it is told at its delivery
        if self._is_calm(face, wanted):
            return None
        if wanted.final and not shown.final:
            return Weight.END
        if shown.shown == wanted.card.fingerprint and not self._is_to_be_checked(face, wanted):
            return None
        return Weight.LINE if wanted.state and self._states.get(face) == wanted.state else Weight.STATE

    def _forget_others(self, faces: list[Face]) -> None:
        """What has its last form needs no notes any more."""
        kept = set(faces)
        for notes in (self._set_aside, self._there, self._unrecorded, self._states):
            for face in notes.keys() - kept:
                del notes[face]
        self._refused &= kept

    async def _deliver(self, face: Face) -> None:
        """A card that cannot be made or sent does not keep the others from Master."""
        self._stay_home()
        try:
            shown = await self._store.cards.get(face.subject, face.id, self._chat)
            await self._show(face, shown, await self._subjects.look(face))
        except (NotNow, ConfigurationError):
            raise
        except LOST as error:
            pass_on_cancellation()
            log.warning("card_waits", subject=face.subject, id=face.id, problem=str(error))
        except Exception as error:
            pass_on_cancellation()
            if isinstance(error, Unsendable):
                log.warning("card_refused", subject=face.subject, id=face.id, problem=str(error))
            else:
                log.exception("card_failed", subject=face.subject, id=face.id)
            self._set_aside[face] = time.monotonic() + _SET_ASIDE_SECONDS

    async def _show(self, face: Face, shown: ShownCard | None, wanted: Shown) -> None:
        message = self._unrecorded.get(face) or (shown.message_id if shown else None)
        if message is None and shown is not None and face not in self._refused:
            message = await self._arrived_unnoticed(wanted)
        if message is not None and wanted.withdrawn:
            await self._outbox.forget(Place(self._chat), message)
            await self._record(face, message, wanted)
        elif message is None and wanted.late:
            await self._store.cards.forget(face.subject, face.id, self._chat)
        elif message is None:
            await self._send(face, wanted)
        elif shown is None or shown.shown != wanted.card.fingerprint or self._is_to_be_checked(face, wanted):
            try:
                await self._outbox.edit(self._chat, message, wanted.card)
            except Gone as error:
                log.info("card_sent_anew", problem=str(error))
                await self._send(face, wanted)
            else:
                await self._record(face, message, wanted)
        elif wanted.final and not shown.final:
            await self._record(face, message, wanted, written=False)

    def _is_calm(self, face: Face, wanted: Shown) -> bool:
        """It was changed a moment ago, and only figures differ since."""
        if not wanted.calm or self._states.get(face) != wanted.state:
            return False
        return time.monotonic() - self._there.get(face, -wanted.calm) < wanted.calm

    def _is_to_be_checked(self, face: Face, wanted: Shown) -> bool:
        """A card with the same content: Telegram says that it is not modified, or that it is gone."""
        if not wanted.asks or not self._lanes.at(self._chat).well:
            return False
        return time.monotonic() - self._there.setdefault(face, time.monotonic()) > CHECK_SECONDS

    async def _arrived_unnoticed(self, wanted: Shown) -> int | None:
        """A message whose sending was cut, by a kill or a broken connection, if it arrived all the same.

        One message is under way at a time, so it is the only one of ours after the last that is known; an
        edit of any other id there finds nothing, or a message that is not ours, and changes nothing.
        """
        last = await self._store.cards.last_message(self._chat)
        for message in range(last + 1, last + 1 + _LOOKED_AT) if last else ():
            with contextlib.suppress(Gone):
                await self._outbox.edit(self._chat, message, wanted.card)
                log.info("card_found_again", message=message)
                return message
        return None

    async def _send(self, face: Face, wanted: Shown) -> None:
        await self._store.cards.intend(face.subject, face.id, self._chat)
        place = self._home.of(face.subject)
        if place.chat != self._chat:
            raise Moved(place.chat)
        try:
            sent = await self._outbox.send(place, wanted.card, reply_to=wanted.reply_to, silent=wanted.silent)
        except (TooFast, Unwelcome, Moved, Unsendable):
            self._refused.add(face)
            raise
        self._refused.discard(face)
        self._unrecorded[face] = sent
        await self._record(face, self._unrecorded[face], wanted)

    async def _record(self, face: Face, message: int, wanted: Shown, *, written: bool = True) -> None:
        """What was sent while the journal went away is known until it is back: it is not sent twice.
        `written`: the message has just been sent or edited."""
        self._there[face] = time.monotonic()
        self._states[face] = wanted.state
        await self._store.cards.show(
            face.subject,
            face.id,
            self._chat,
            message=message,
            shown=wanted.card.fingerprint,
            final=wanted.final,
            by=own_host() if written else None,
        )
        self._unrecorded.pop(face, None)


def _turn(shown: ShownCard | None) -> int:
    if shown is None:
        return 1
    return 0 if shown.message_id is None else 2
