"""Events as the daemon tells them, gathered between two looks."""

from datetime import UTC, datetime
from typing import Any

from pipeline.containers.events import Happened, Happenings, happened


def _raw(number: int = 0, action: str = "die", **attributes: str) -> dict[str, Any]:
    return {
        "Type": "container",
        "Action": action,
        "Actor": {"ID": "c0ffee", "Attributes": {"com.docker.compose.service": "app", **attributes}},
        "timeNano": 1_772_366_400_123_000_000 + number,
    }


def test_a_death_with_its_exit_code() -> None:
    assert happened(_raw(exitCode="137")) == Happened(
        action="die",
        container="c0ffee",
        service="app",
        at=datetime(2026, 3, 1, 12, 0, 0, 123000, tzinfo=UTC),
        exit_code=137,
    )
    told = happened(_raw(action="kill", signal="15"))
    assert told is not None
    assert (told.action, told.signal, told.exit_code) == ("kill", 15, None)
    told = happened(_raw(action="health_status: unhealthy"))
    assert told is not None
    assert told.action == "health_status"
    assert happened({"Type": "container", "Action": "die"}) is None


async def test_what_happened_is_taken_once_and_put_back_in_its_place() -> None:
    happenings = Happenings()
    assert happenings.take() == []
    for number in range(3):
        happenings.add(_raw(exitCode=str(number)))
    assert happenings.news.is_set()
    taken = happenings.take()
    assert [one.exit_code for one in taken] == [0, 1, 2]
    assert not happenings.news.is_set()
    happenings.add(_raw(exitCode="3"))
    happenings.put_back(taken)
    assert [one.exit_code for one in happenings.take()] == [0, 1, 2, 3]


async def test_memory_is_bounded_and_the_newest_stay() -> None:
    happenings = Happenings()
    for number in range(5000):
        happenings.add(_raw(exitCode=str(number)))
    taken = happenings.take()
    assert (len(taken), taken[-1].exit_code) == (2000, 4999)
    for number in range(5000, 5500):
        happenings.add(_raw(exitCode=str(number)))
    happenings.put_back(taken)
    again = happenings.take()
    assert (len(again), again[0].exit_code, again[-1].exit_code) == (2000, 3500, 5499)
