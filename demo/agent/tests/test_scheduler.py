import asyncio
from datetime import timedelta

import pytest
from inmemory import Clock, Memory

from server_agent.errors import DatabaseAwayError
from server_agent.health import Pulse
from server_agent.scheduler import Scheduler


def scheduler(memory: Memory, clock: Clock, limit: int = 1000) -> Scheduler:
    return Scheduler(memory, Pulse(clock, 60), token_limit=limit, every=30, now=clock.now)


async def test_a_cycle_reads_what_is_new_and_remembers_how_far_it_came() -> None:
    memory, clock = Memory(texts=["fix the pump", "pump again"]), Clock()
    subject = scheduler(memory, clock)
    await subject.cycle()
    memory.texts.append("quiet")
    await subject.cycle()
    await subject.cycle()
    day = clock.today.date()
    assert memory.cycles == [
        (day, 2, "2 new messages, mostly about pump, again.", 16),
        (day, 3, "1 new message, mostly about quiet.", 12),
        (day, 0, "Nothing new.", 10),
    ]
    assert subject.pulse.done == 3


async def test_a_used_up_budget_pauses_until_the_next_day() -> None:
    memory, clock = Memory(), Clock()
    subject = scheduler(memory, clock, limit=25)
    for _ in range(4):
        await subject.cycle()
    assert len(memory.cycles) == 2
    check = subject.pulse.check()
    assert check.status == "ok"
    assert check.details["paused"] is True
    assert check.details["detail"] == (
        "today's token budget is used up (20 of 25); cycles go on at 00:00 UTC"
    )
    clock.today += timedelta(days=1)
    await subject.cycle()
    assert len(memory.cycles) == 3
    assert "paused" not in subject.pulse.check().details


async def test_the_loop_survives_errors_and_says_so() -> None:
    memory, clock = Memory(trouble=[DatabaseAwayError("away"), ValueError("odd")]), Clock()
    seen: list[tuple[float, str, object]] = []

    async def sleep(seconds: float) -> None:
        check = subject.pulse.check()
        seen.append((seconds, check.status, check.details.get("detail")))
        if len(seen) == 3:
            raise asyncio.CancelledError

    pulse = Pulse(clock, 60)
    subject = Scheduler(memory, pulse, token_limit=1000, every=30, now=clock.now, sleep=sleep)
    with pytest.raises(asyncio.CancelledError):
        await subject.run()
    assert seen == [(2.0, "degraded", "away"), (30, "degraded", "ValueError: odd"), (30, "ok", None)]
