from __future__ import annotations

from bot.cards.card import Card
from bot.cards.trouble import conflict_card
from bot.conflict import OVER_SECONDS, Conflict
from bot.health import Part
from pipeline.store.chat import OtherBot
from tests.unit.bot.samples import START
from tests.unit.bot.trail import Hands

OTHER = OtherBot(name="there 7", since=START)


class Journal:
    """Knows the other bots that a test puts into it; `inbox` is itself."""

    def __init__(self) -> None:
        self.inbox = self
        self.others: list[OtherBot] = []
        self.away = False

    async def other_bots(self) -> list[OtherBot]:
        if self.away:
            raise OSError("away")
        return self.others


async def test_a_conflict_is_told_once_and_a_later_one_again() -> None:
    journal, part, told, clock = Journal(), Part(), [], Hands()
    conflict = Conflict(journal, part, told.append, clock)  # type: ignore[arg-type]
    journal.others = [OTHER]
    for _ in range(20):
        clock.now += 40
        await conflict.met()
    assert told == [conflict_card([OTHER])]
    assert "the bot on there (process 7)" in (part.last.detail or "")
    clock.now += OVER_SECONDS + 1
    await conflict.met()
    assert len(told) == 2


async def test_who_is_recognised_later_is_told_then() -> None:
    journal, part, clock = Journal(), Part(), Hands()
    told: list[Card] = []
    conflict = Conflict(journal, part, told.append, clock)  # type: ignore[arg-type]
    journal.away = True
    await conflict.met()
    assert part.last.detail == (
        "another process polls with the same token: a process that does not use this journal; end one of them"
    )
    journal.away, journal.others = False, [OTHER]
    await conflict.met()
    await conflict.met()
    assert told == [conflict_card([]), conflict_card([OTHER])]
