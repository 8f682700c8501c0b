"""Order, retries and replacement in the lane of a chat; letters are written by hand."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import pytest
from aiogram import Bot

from bot.health import Health
from bot.lane import STUBBORN, Lane, Letter
from bot.pace import BURST, Pace, Weight
from bot.telegram import NotNow, Telegram, TooFast, Unwelcome
from pipeline.model.errors import ConfigurationError
from tests.unit.bot.trail import Hands


class Chat:
    """What was delivered, in order; `trouble` of a name is met one by one before it gets through."""

    def __init__(self) -> None:
        self.telegram = Telegram(Bot("7000000001:AAFakeTokenForLocalTestsOnly0123456789"), Health())
        self.clock = Hands()
        self.pace = Pace(self.clock)
        self.lane = Lane(self.telegram, self.pace, lambda: 42)
        self.tried: list[str] = []
        self.said: list[str] = []
        self.trouble: dict[str, list[Exception]] = {}

    def letter(self, name: str, *, edit: bool = False, key: str | None = None) -> Letter:
        return self.weighed(name, Weight.LINE if edit else Weight.MESSAGE, key)

    def weighed(self, name: str, weight: Weight, key: str | None = None) -> Letter:
        async def deliver() -> None:
            self.tried.append(name)
            if self.trouble.get(name):
                raise self.trouble[name].pop(0)
            self.said.append(name)

        return Letter(deliver=deliver, weight=weight, key=key)

    def post(self, *names: str) -> list[Letter]:
        return [self.lane.post(self.letter(name)) for name in names]


@pytest.fixture
def chat() -> Chat:
    return Chat()


@contextlib.asynccontextmanager
async def running(chat: Chat) -> AsyncIterator[None]:
    async with asyncio.timeout(30):
        task = asyncio.create_task(chat.lane.run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait({task})


async def arrived(letters: list[Letter]) -> None:
    for letter in letters:
        await letter.done.wait()


async def until(holds: Callable[[], bool]) -> None:
    while not holds():  # noqa: ASYNC110 - what is waited for tells no events
        await asyncio.sleep(0)


async def test_order_is_kept_across_failures(chat: Chat) -> None:
    chat.trouble = {"b": [NotNow(0.0, "away"), TooFast(0.0, "slower"), Unwelcome(0.0, "blocked")]}
    letters = chat.post("a", "b", "c")
    async with running(chat):
        await until(lambda: chat.pace.wait() > 0)
        chat.clock.now = 100.0  # told to write less often, it has no burst left
        letters += chat.post("d")
        await arrived(letters)
    assert chat.tried == ["a", "b", "b", "b", "b", "c", "d"]
    assert chat.said == ["a", "b", "c", "d"]


async def test_of_letters_about_the_same_only_one_waits(chat: Chat) -> None:
    first = chat.lane.post(chat.letter("card", edit=True, key="run 1"))
    assert chat.lane.post(chat.letter("card, newer", edit=True, key="run 1")) is first
    other = chat.lane.post(chat.letter("other card", edit=True, key="run 2"))
    async with running(chat):
        await arrived([first, other])
    assert chat.said == ["card", "other card"]


async def test_what_is_asked_for_during_the_delivery_goes_after_it(chat: Chat) -> None:
    late: list[Letter] = []

    async def deliver() -> None:
        if not late:
            late.append(chat.lane.post(chat.letter("newer", edit=True, key="run 1")))

    chat.lane.post(Letter(deliver=deliver, weight=Weight.LINE, key="run 1"))
    async with running(chat):
        await until(lambda: bool(late))
        await arrived(late)
    assert chat.said == ["newer"]


async def test_messages_go_before_edits_that_wait(chat: Chat) -> None:
    for number in range(5):
        chat.lane.post(chat.letter(f"edit {number}", edit=True, key=str(number)))
    for _ in range(int(BURST) - 2):
        chat.pace.take()
    async with running(chat):
        await asyncio.sleep(0)
        await arrived(chat.post("answer"))
        assert chat.said == ["answer"]


async def test_of_edits_that_wait_the_most_pressing_goes_first(chat: Chat) -> None:
    letters = [
        chat.lane.post(chat.weighed("line", Weight.LINE, "run 1")),
        chat.lane.post(chat.weighed("state", Weight.STATE, "push 1")),
        chat.lane.post(chat.weighed("end", Weight.END, "run 2")),
    ]
    async with running(chat):
        await arrived(letters)
    assert chat.said == ["end", "state", "line"]


async def test_a_last_state_does_not_wait_where_the_lines_before_it_do(chat: Chat) -> None:
    waiting = chat.lane.post(chat.weighed("card", Weight.LINE, "run 1"))
    for _ in range(int(BURST) - 1):
        chat.pace.take()  # what is left is for messages and last states
    async with running(chat):
        await asyncio.sleep(0.01)
        assert chat.said == []
        assert chat.lane.post(chat.weighed("card, last", Weight.END, "run 1")) is waiting
        await arrived([waiting])
    assert chat.said == ["card"]  # it looks up what is to be said when it goes


async def test_a_card_that_gets_its_last_form_goes_after_what_was_asked_for_in_its_place(chat: Chat) -> None:
    letters = [
        chat.lane.post(chat.weighed("card", Weight.LINE, "run 1")),
        chat.lane.post(chat.weighed("choice", Weight.END)),
        chat.lane.post(chat.weighed("card, last", Weight.END, "run 1")),
    ]
    async with running(chat):
        await arrived(letters)
    assert chat.said == ["choice", "card"]


async def test_a_last_state_that_always_fails_lets_the_other_cards_pass(chat: Chat) -> None:
    chat.trouble = {"end": [NotNow(0.0, "Internal Server Error") for _ in range(STUBBORN + 2)]}
    letters = [
        chat.lane.post(chat.weighed("end", Weight.END, "run 1")),
        chat.lane.post(chat.weighed("line", Weight.LINE, "run 2")),
    ]
    async with running(chat):
        await until(lambda: len(chat.tried) == 1)
        chat.telegram.answered_at = float("inf")
        await arrived(letters)
    assert chat.said == ["line", "end"]


async def test_a_chat_that_takes_nothing_keeps_everything_until_it_does(chat: Chat) -> None:
    chat.trouble = {"a": [Unwelcome(600.0, "blocked by the user")]}
    letters = chat.post("a", "b")
    async with running(chat):
        await until(lambda: not chat.lane.well)
        letters += chat.post("c")
        chat.telegram.heard(7)
        await asyncio.sleep(0)
        assert chat.said == []
        chat.telegram.heard(42)
        await arrived(letters)
    assert chat.said == ["a", "b", "c"]
    assert chat.lane.well


async def test_what_fails_alone_for_long_goes_last_and_is_not_lost(chat: Chat) -> None:
    chat.trouble = {"a": [NotNow(0.0, "Internal Server Error") for _ in range(STUBBORN + 2)]}
    letters = chat.post("a", "b")
    async with running(chat):
        await until(lambda: len(chat.tried) == 1)
        chat.telegram.answered_at = float("inf")
        await arrived(letters)
    assert chat.said == ["b", "a"]


async def test_while_telegram_is_away_altogether_nothing_changes_places(chat: Chat) -> None:
    chat.trouble = {"a": [NotNow(0.0, "Cannot connect") for _ in range(5 * STUBBORN)]}
    letters = chat.post("a", "b")
    async with running(chat):
        await arrived(letters)
    assert chat.said == ["a", "b"]


async def test_a_letter_that_breaks_does_not_keep_the_others(chat: Chat) -> None:
    chat.trouble = {"a": [ValueError("broken")]}
    letters = chat.post("a", "b")
    async with running(chat):
        await arrived(letters)
    assert chat.said == ["b"]


async def test_a_token_that_is_refused_ends_the_lane_and_loses_nothing(chat: Chat) -> None:
    chat.trouble = {"a": [ConfigurationError("TELEGRAM_API_TOKEN", "refused", "another")]}
    [letter] = chat.post("a")
    with pytest.raises(ConfigurationError):
        await chat.lane.run()
    assert letter.done.is_set()
    assert not letter.went


async def test_who_waits_for_a_letter_is_told_when_the_lane_ends(chat: Chat) -> None:
    chat.trouble = {"a": [NotNow(60, "away")]}
    letters = chat.post("a", "b")
    async with running(chat):
        await until(lambda: bool(chat.tried))
    await arrived(letters)
    assert [letter.went for letter in letters] == [False, False]
