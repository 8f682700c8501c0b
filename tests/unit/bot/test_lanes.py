"""A lane a chat, and which chat is the home."""

from __future__ import annotations

import asyncio
from functools import partial

from aiogram import Bot

from bot.health import Health
from bot.home import Home
from bot.lane import Letter
from bot.lanes import Lanes
from bot.pace import Paces
from bot.place import Place
from bot.telegram import Telegram, Unwelcome

GROUP, SUPERGROUP = -5, -1007


class Chats:
    """Remembers moves."""

    def __init__(self) -> None:
        self.moves: list[tuple[int, int]] = []

    async def move(self, old: int, new: int) -> bool:
        self.moves.append((old, new))
        return True


def make_lanes(home: Home) -> Lanes:
    telegram = Telegram(Bot("7000000001:AAFakeTokenForLocalTestsOnly0123456789"), Health())
    return Lanes(telegram, Paces(home.now), home)


async def test_a_chat_that_takes_nothing_does_not_hold_the_others_up() -> None:
    home = Home(Chats(), 42)  # type: ignore[arg-type]
    lanes, said = make_lanes(home), []

    async def refuse() -> None:
        raise Unwelcome(600.0, "blocked by the user")

    async def say(word: str) -> None:
        said.append(word)

    stuck = lanes.post(43, Letter(deliver=refuse))
    heard = lanes.home.post(Letter(deliver=partial(say, "hello")))
    async with asyncio.timeout(30):
        running = asyncio.create_task(lanes.run())
        await heard.done.wait()
        late = lanes.post(44, Letter(deliver=partial(say, "and you")))
        await late.done.wait()
        running.cancel()
        await asyncio.wait({running})
    assert said == ["hello", "and you"]
    assert not stuck.went


async def test_a_group_keeps_its_lane_under_its_new_id() -> None:
    home = Home(Chats(), GROUP)  # type: ignore[arg-type]
    lanes = make_lanes(home)
    before = lanes.home
    await home.follow(GROUP, SUPERGROUP)
    assert lanes.home is lanes.at(GROUP) is lanes.at(SUPERGROUP) is before


async def test_where_the_bot_speaks_by_itself() -> None:
    home = Home(Chats(), GROUP, runs_topic=7, alerts_topic=9)  # type: ignore[arg-type]
    assert home.of("run") == home.of("plan") == home.of("push") == Place(GROUP, 7)
    assert home.of("copies") == home.of("alert") == home.of("nudge") == home.of("storm") == home.alerts
    assert home.alerts == Place(GROUP, 9)
    assert Home(Chats(), 42).of("result") == Place(42)  # type: ignore[arg-type]


async def test_a_move_is_followed_once_and_whoever_waits_is_woken() -> None:
    chats = Chats()
    home = Home(chats, GROUP, moved={-3: GROUP})  # type: ignore[arg-type]
    waiting = asyncio.create_task(home.moved_from(frozenset({GROUP})))
    await home.follow(GROUP, SUPERGROUP)
    await home.follow(-3, SUPERGROUP)
    async with asyncio.timeout(30):
        await waiting
    assert chats.moves == [(GROUP, SUPERGROUP)]
    assert [home.now(chat) for chat in (-3, GROUP, SUPERGROUP, 42)] == [SUPERGROUP] * 3 + [42]
