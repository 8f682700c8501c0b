"""Which bot and worker prove themselves, and what is said of those that do not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pipeline.model.running import Running, Written
from pipeline.probe import Answer, Unreachable
from pipeline.smoke.pair import CARD, UPDATES, Pair, judge_pair

SHA = "abc1234def" * 4
START = datetime(2026, 3, 9, 10, 0, tzinfo=UTC)
PARTS = ("database", "telegram", "scheduler", "worker")


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def health(revision: str = SHA, **ill: str) -> Answer:
    checks = {part: {"status": "ok"} for part in PARTS} | {
        part: {"status": "degraded", "detail": why} for part, why in ill.items()
    }
    body = {"status": "degraded" if ill else "ok", "revision": revision, "checks": checks}
    return Answer(200, body, "", 3)


BOT = Running(
    process="bot",
    host="new-bot",
    version="0.2.0",
    revision=SHA,
    started_at=START,
    told_at=after(4),
    polled_at=after(2),
)
WORKER = replace(BOT, process="worker", host="new-worker", polled_at=None)
OLD = replace(BOT, host="old-bot", revision="1" * 40, started_at=after(-9000), told_at=after(-5))
PROVEN = Pair(
    sha=SHA,
    hosts=frozenset({"new-bot", "new-worker"}),
    health=health(),
    processes=[WORKER, BOT, OLD],
    observers=frozenset({"new-worker"}),
    written=[Written(by="new-bot", at=after(3))],
)


def missing(pair: Pair) -> dict[str, str]:
    """What did not come, with its sentence."""
    return {line.name: line.detail for line in judge_pair(pair) if not line.ok}


def with_bots(bot: Running, old: Running | None = OLD, **changes: Any) -> Pair:
    return replace(PROVEN, processes=[WORKER, bot, *([old] if old else [])], **changes)


def test_a_whole_pair_proves_itself() -> None:
    assert [(line.name, line.figure, line.limit, line.detail, line.ok) for line in judge_pair(PROVEN)] == [
        ("bot: health", "ok", "ok in every part", "", True),
        ("bot: revision", "abc1234", "abc1234", "", True),
        ("bot: journal", "written by 0.2.0 (abc1234)", "written since its start, by abc1234", "", True),
        ("worker: journal", "written by 0.2.0 (abc1234)", "written since its start, by abc1234", "", True),
        ("Telegram: updates", "answered 10:00 UTC", "getUpdates is answered", "", True),
        ("Telegram: this card", "written 10:00 UTC", "written by the new bot", "", True),
    ]


def test_a_pair_that_has_not_begun_proves_nothing() -> None:
    pair = replace(PROVEN, health=Unreachable("no answer within 5 s"), processes=[OLD], written=[])
    assert list(missing(pair)) == [line.name for line in judge_pair(PROVEN)]


@pytest.mark.parametrize(
    ("pair", "said"),
    [
        (
            replace(PROVEN, health=health(telegram="cannot connect")),
            {"bot: health": "It says of itself telegram: cannot connect."},
        ),
        (
            replace(PROVEN, health=health(database="it hangs")),
            {"bot: health": "It says of itself database: it hangs."},
        ),
        (
            replace(PROVEN, health=Answer(200, {"revision": SHA}, "", 1)),
            {"bot: health": "Its health endpoint names no parts."},
        ),
        (
            replace(PROVEN, health=health("1" * 40)),
            {"bot: revision": "The bot that answers is not of the commit that was to be put in place."},
        ),
        (
            replace(PROVEN, health=health("unknown")),
            {"bot: revision": "The bot that answers is not of the commit that was to be put in place."},
        ),
        (with_bots(replace(BOT, revision=None)), {"bot: journal": "It is of another commit."}),
        (
            replace(PROVEN, observers=frozenset({"old-worker"})),
            {"worker: journal": "It has told the journal nothing of production since its start."},
        ),
        (
            with_bots(replace(BOT, polled_at=None, ill={"telegram": "another process polls"})),
            {
                "Telegram: updates": "Telegram has not answered the new bot's getUpdates:"
                " another process polls."
            },
        ),
        (
            with_bots(replace(BOT, polled_at=after(-1))),
            {"Telegram: updates": "Telegram has not answered the new bot's getUpdates."},
        ),
        (
            replace(PROVEN, written=[Written(by="old-bot", at=after(3))]),
            {"Telegram: this card": "The new bot has not written this run's card."},
        ),
        (
            replace(PROVEN, written=[Written(by="new-bot", at=after(-3))]),
            {"Telegram: this card": "The new bot has not written this run's card."},
        ),
    ],
)
def test_what_does_not_come_is_named(pair: Pair, said: dict[str, str]) -> None:
    assert missing(pair) == said


def test_an_image_without_a_known_commit_is_not_asked_for_one() -> None:
    bare = replace(
        PROVEN,
        sha=None,
        health=health("unknown"),
        processes=[replace(WORKER, revision=None), replace(BOT, revision=None)],
    )
    assert missing(bare) == {}


SHUT = "Forbidden: bot was blocked by the user"


def test_a_home_chat_that_took_no_messages_before_either_does_not_count() -> None:
    pair = with_bots(
        replace(BOT, shut=SHUT), replace(OLD, shut=SHUT), health=health(telegram=SHUT), written=[]
    )
    assert missing(pair) == {}
    told = {line.name: line.figure for line in judge_pair(pair)}
    assert (told["bot: health"], told[CARD]) == ("ok but for telegram", "refused")


@pytest.mark.parametrize(
    "old",
    [
        OLD,
        None,
        replace(OLD, shut=SHUT, told_at=after(-90_000)),
    ],
    ids=["it took them", "nobody knows", "nobody knows any more"],
)
def test_a_home_chat_that_takes_no_messages_from_the_new_bot_counts(old: Running | None) -> None:
    pair = with_bots(
        replace(BOT, shut=SHUT, ill={"telegram": SHUT}), old, health=health(telegram=SHUT), written=[]
    )
    assert list(missing(pair)) == ["bot: health", CARD]


def test_a_telegram_that_was_away_before_too_is_no_excuse() -> None:
    away = {"telegram": "cannot connect"}
    pair = with_bots(
        replace(BOT, polled_at=None, ill=away), replace(OLD, ill=away), health=health(**away), written=[]
    )
    assert list(missing(pair)) == ["bot: health", UPDATES, CARD]


def test_a_repository_that_was_away_before_does_not_count() -> None:
    away = {"scheduler": "cannot be reached"}
    pair = with_bots(BOT, replace(OLD, ill=away), health=health(**away))
    assert missing(pair) == {}
    [line] = [line for line in judge_pair(pair) if line.detail]
    assert line.detail == "Not counted, for it was so with the bot before: scheduler: cannot be reached."
    assert missing(with_bots(BOT, OLD, health=health(**away))).keys() == {"bot: health"}
