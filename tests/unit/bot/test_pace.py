"""What the pace lets through, the local Telegram's flood control never refuses."""

from __future__ import annotations

import pytest

from bot.pace import BURST, PER_SECOND, RESERVE, Pace
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
