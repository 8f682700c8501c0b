"""A message in the chat, and how it is to look now."""

from __future__ import annotations

from dataclasses import dataclass

from bot.cards.card import Card
from pipeline.store.chat import Subject


@dataclass(frozen=True)
class Face:
    """One message in the chat. `id` is a run's, a plan's (approval's), a reminder's, a question's, a
    prompt's, a trouble's, an alert's, a nudge's, a storm's,
    a probation's or a digest's; `nonce` a plan's or a question's."""

    subject: Subject
    id: int
    nonce: str = ""


@dataclass(frozen=True, kw_only=True)
class Shown:
    """`final`: the card will not change any more. `asks`: a run waits for Master's answer to it. `late`:
    there is no use in it any more, so only one that is in the chat is changed; `withdrawn`: that one is
    deleted. `state`: all of it but how far something is; as long as it is the same, the card is edited every
    `calm` seconds at most. `silent`: it does not ring when it comes."""

    card: Card
    final: bool
    asks: bool = False
    late: bool = False
    withdrawn: bool = False
    state: str = ""
    calm: float = 0.0
    silent: bool = False
    reply_to: int | None = None
