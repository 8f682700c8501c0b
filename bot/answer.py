"""What a handler gives back: the inbox sends it, so that a handler never waits for Telegram."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.cards.card import Card

UPLOAD_SECONDS = 60
"""For a file of a few MiB, also on a slow line."""

LOG_LIES = "The whole log lies on the server, in the folder of the run below STATE_DIR/reports."


@dataclass(frozen=True, kw_only=True)
class Document:
    """A file, or with `photo` a picture. When its turn has come `needed` is asked, which is False where the
    chat has it by now, then `load`, which gives None where it is not to be had, for the reason of `gone`;
    `sent` once Telegram has it, `lost` once it never will; `where` says where it lies besides. `seconds` is
    how long the sending may take. Of documents with one `key` only one waits. `caption` is HTML, at most 1024
    code points. A `silent` one makes no sound.
    """

    key: str
    name: str
    caption: str
    reply_to: int | None
    load: Callable[[], Awaitable[bytes | None]]
    sent: Callable[[], Awaitable[None]]
    lost: Callable[[], Awaitable[None]] | None = None
    needed: Callable[[], Awaitable[bool]] | None = None
    where: str = LOG_LIES
    gone: str = "it is no longer kept"
    photo: bool = False
    seconds: int = UPLOAD_SECONDS
    silent: bool = False


@dataclass(frozen=True, kw_only=True)
class Answer:
    """`toast` answers a tap, in plain text; `alert` shows it as a box that has to be closed.

    With `edit` the card takes the place of the message whose button was tapped, or comes as a new one where
    that is gone. `run` is the one that the answer is about, for the audit log. `at_home`: what was asked for
    shows in the home chat. `record` writes down what was told, before the update counts as done.
    """

    card: Card | None = None
    edit: bool = False
    toast: str = ""
    alert: bool = False
    document: Document | None = None
    run: int | None = None
    at_home: bool = False
    record: Callable[[], Awaitable[None]] | None = None


DONE = Answer(at_home=True)
"""Nothing to say: the journal's news brings the card."""
