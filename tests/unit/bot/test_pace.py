"""What the pace lets through, the local Telegram's flood control never refuses."""

from __future__ import annotations

import pytest

from bot.pace import BURST, GROUP_PER_SECOND, PER_SECOND, RESERVE, Pace, Paces
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
        clock.now += pace.wait(edit=number % 3 > 0)
        pace.take()
        control.admit(CHAT, clock.now)
    assert clock.now < 4 * quiet + 200 / PER_SECOND


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


def test_edits_leave_room_for_messages() -> None:
    clock = Hands()
    pace = Pace(clock)
    edits = 0
    while pace.wait(edit=True) == 0:
        pace.take()
        edits += 1
    assert edits == BURST - RESERVE
    for _ in range(int(RESERVE)):
        assert pace.wait() == 0
        pace.take()
    assert pace.wait() == pytest.approx(1 / PER_SECOND)


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
        clock.now += pace.wait(edit=number % 3 > 0)
        pace.take()
        control.admit(-CHAT, clock.now, is_group=True)
    assert clock.now < 4 * quiet + 200 / GROUP_PER_SECOND


def test_at_the_pace_of_a_private_chat_a_group_would_refuse() -> None:
    clock = Hands()
    pace, control = Pace(clock), FloodControl(FloodLimits())

    def write(times: int) -> None:
        for _ in range(times):
            clock.now += pace.wait()
            pace.take()
            control.admit(-CHAT, clock.now, is_group=True)

    with pytest.raises(ApiError):
        write(30)


def test_each_chat_has_its_own_pace_and_a_group_keeps_it_under_its_new_id() -> None:
    moved = {-5: -1007}
    paces = Paces(lambda chat: moved.get(chat, chat), Hands())
    before = paces.of(-1007)
    assert paces.of(CHAT) is paces.of(CHAT)
    assert paces.of(CHAT) is not paces.of(CHAT + 1)
    assert paces.of(-5) is before
