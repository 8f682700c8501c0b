from __future__ import annotations

from typing import Any

import pytest

from demo.botapi import ApiError, Faults, FloodLimits, World
from demo.botapi.flood import FloodControl
from tests.unit.botapi.conftest import MASTER, TOKEN


def sent_in_a_row(control: FloodControl, chat_id: int, now: float, *, is_group: bool = False) -> int:
    count = 0
    while True:
        try:
            control.admit(chat_id, now, is_group=is_group)
        except ApiError:
            return count
        count += 1


def test_a_chat_takes_a_short_burst_then_one_message_a_second() -> None:
    control = FloodControl(FloodLimits())
    assert sent_in_a_row(control, 1, 0.0) == 6
    with pytest.raises(ApiError) as caught:
        control.admit(1, 0.0)
    assert caught.value.body() == {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests: retry after 3",
        "parameters": {"retry_after": 3},
    }
    assert sent_in_a_row(control, 1, 2.9) == 0
    assert sent_in_a_row(control, 1, 3.0) == 3
    assert sent_in_a_row(control, 2, 3.0) == 6


def test_one_message_a_second_is_never_refused() -> None:
    control = FloodControl(FloodLimits())
    for second in range(500):
        control.admit(1, float(second))


def test_a_group_takes_twenty_a_minute() -> None:
    control = FloodControl(FloodLimits(chat_burst=100))
    assert sent_in_a_row(control, -5, 0.0, is_group=True) == 20
    with pytest.raises(ApiError, match="retry after 50"):
        control.admit(-5, 10.0, is_group=True)
    control.admit(-5, 60.0, is_group=True)


def test_a_bot_writes_thirty_a_second_over_all_chats() -> None:
    control = FloodControl(FloodLimits())
    for chat in range(30):
        control.admit(chat, 0.5)
    with pytest.raises(ApiError, match="retry after 1"):
        control.admit(99, 0.6)
    control.admit(99, 1.5)


def test_edits_count_and_refused_calls_change_nothing(clock: Any) -> None:
    world = World(clock=clock, flood=FloodLimits(chat_burst=2))
    world.add_bot(TOKEN)
    world.add_user(MASTER, "Master")
    world.say(MASTER, "/start")
    sent = world.call(TOKEN, "sendMessage", {"chat_id": MASTER, "text": "one"})
    target = {"chat_id": MASTER, "message_id": sent["message_id"]}
    world.call(TOKEN, "editMessageText", {**target, "text": "two"})
    with pytest.raises(ApiError, match="retry after 3"):
        world.call(TOKEN, "editMessageText", {**target, "text": "three"})
    assert world.messages(MASTER)[-1]["text"] == "two"
    clock.go(3)
    assert world.call(TOKEN, "editMessageText", {**target, "text": "three"})["text"] == "three"


def test_faults_count_calls_by_method(clock: Any) -> None:
    faults = Faults(clock)
    faults.add("flood", "sendMessage", times=2)
    faults.add("drop")
    met = [faults.next_for(method, "t") for method in ("SENDMESSAGE", "getMe", "sendmessage", "sendMessage")]
    assert [fault.kind if fault else None for fault in met] == ["flood", "drop", "flood", None]
    assert not faults.pending()


def test_faults_last_for_a_while(clock: Any) -> None:
    faults = Faults(clock)
    faults.add("error", seconds=10, status=503, bot="other")
    faults.add("html", seconds=10)
    assert [fault.kind for _ in range(5) if (fault := faults.next_for("getMe", "t"))] == ["html"] * 5
    clock.go(10)
    assert faults.next_for("getMe", "t") is None


def test_impossible_faults_are_refused(clock: Any) -> None:
    with pytest.raises(ValueError, match="kind is 'earthquake'"):
        Faults(clock).add("earthquake")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="never ends"):
        Faults(clock).add("drop", times=None)
