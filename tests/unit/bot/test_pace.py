"""What the pace lets through, the local Telegram's flood control never refuses."""

from __future__ import annotations

import random

import pytest

from bot.pace import BURST, PER_SECOND, RESERVE, Pace, Paces, Weight
from demo.botapi.errors import ApiError
from demo.botapi.flood import FloodControl, FloodLimits
from tests.unit.bot.trail import Hands

CHAT = 42


@pytest.mark.parametrize("quiet", [0.0, 3.3, 30.0])
def test_as_fast_as_it_may_it_is_never_refused(quiet: float) -> None:
    clock = Hands()
    pace, control = Pace(clock), FloodControl(FloodLimits())
    for number in range(200):
        if number % 50 == 49:
            clock.now += quiet
        clock.now += pace.wait(Weight.STATE if number % 3 else Weight.MESSAGE)
        pace.take()
        control.admit(CHAT, clock.now)
    assert clock.now < 4 * quiet + 200 / PER_SECOND


@pytest.mark.parametrize("seed", range(5))
def test_neither_is_it_in_a_group(seed: int) -> None:
    chance, clock = random.Random(seed), Hands()
    pace, control = Pace(clock, group=True), FloodControl(FloodLimits())
    for number in range(400):
        clock.now += chance.choice([0.0, 0.0, 0.7, 20.0]) + pace.wait(chance.choice(list(Weight)))
        wait = pace.wait()
        clock.now += wait + (70.0 if number % 100 == 99 else 0.0)
        pace.take()
        control.admit(CHAT, clock.now, is_group=True)


def test_a_control_that_is_slower_would_have_refused() -> None:
    clock = Hands()
    pace, control = Pace(clock), FloodControl(FloodLimits(chat_per_second=0.5))

    def write(times: int) -> None:
        for _ in range(times):
            clock.now += pace.wait()
            pace.take()
            control.admit(CHAT, clock.now)

    with pytest.raises(ApiError):
        write(200)


def test_the_pace_of_a_private_chat_would_be_refused_in_a_group() -> None:
    clock = Hands()
    pace, control = Pace(clock), FloodControl(FloodLimits())

    def write(times: int) -> None:
        for _ in range(times):
            clock.now += pace.wait(Weight.LINE)
            pace.take()
            control.admit(CHAT, clock.now, is_group=True)

    with pytest.raises(ApiError):
        write(40)


@pytest.mark.parametrize("group", [False, True])
def test_edits_leave_room_for_messages_and_last_states(group: bool) -> None:
    clock = Hands()
    pace = Pace(clock, group=group)
    for _ in range(int(BURST - RESERVE)):
        pace.take()
    assert pace.wait(Weight.STATE) > 0
    for weight in (Weight.MESSAGE, Weight.END):
        assert pace.wait(weight) == 0
        pace.take()
    assert pace.wait() == pytest.approx(1 / PER_SECOND)


def test_in_a_group_lines_leave_room_for_states_and_these_for_messages() -> None:
    clock, count = Hands(), dict.fromkeys(Weight, 0)
    pace = Pace(clock, group=True)
    for weight in (Weight.LINE, Weight.STATE, Weight.MESSAGE):
        while clock.now + pace.wait(weight) < 60:
            clock.now += pace.wait(weight)
            pace.take()
            count[weight] += 1
    assert list(count.values()) == [2, 0, 6, 12]


def test_one_edit_a_second_and_lines_more_seldom_than_states() -> None:
    clock = Hands()
    pace = Pace(clock)
    assert pace.wait(Weight.LINE) == 0
    pace.take()
    assert [pace.wait(weight) for weight in Weight] == pytest.approx([0, 0, 1.0, 1.2])


def test_a_group_is_shown_lines_every_few_seconds() -> None:
    clock = Hands()
    pace = Pace(clock, group=True)
    clock.now = 60.0
    pace.take()
    assert [pace.wait(weight) for weight in Weight] == pytest.approx([0, 0, 2.0, 4.0])


def test_after_a_refusal_there_is_no_burst() -> None:
    clock = Hands()
    pace = Pace(clock)
    pace.refused()
    assert pace.wait() == pytest.approx(1 / PER_SECOND)
    clock.now = 3.0
    assert pace.wait() == 0


@pytest.mark.parametrize("quiet", [0.0, 33.0, 300.0])
def test_a_group_is_never_written_to_more_than_it_takes(quiet: float) -> None:
    clock = Hands()
    pace, control = Paces(clock=clock).of(-CHAT), FloodControl(FloodLimits())
    for number in range(200):
        if number % 50 == 49:
            clock.now += quiet
        clock.now += pace.wait(Weight.STATE if number % 3 else Weight.MESSAGE)
        pace.take()
        control.admit(-CHAT, clock.now, is_group=True)
    assert clock.now < 4 * quiet + 200 / 18 * 61


def test_each_chat_has_its_own_pace_and_a_group_keeps_it_under_its_new_id() -> None:
    moved = {-5: -1007}
    paces = Paces(lambda chat: moved.get(chat, chat), Hands())
    before = paces.of(-1007)
    assert paces.of(CHAT) is paces.of(CHAT)
    assert paces.of(CHAT) is not paces.of(CHAT + 1)
    assert paces.of(-5) is before
