import asyncio

import pytest
from inmemory import Clock, Memory, Messages

from server_agent.errors import DatabaseAwayError, DeliveryError
from server_agent.health import Pulse
from server_agent.updates import Incoming
from server_agent.worker import LONGEST_BACKOFF_SECONDS, Worker, backoff


def worker(memory: Memory, messages: Messages) -> Worker:
    return Worker(memory, messages, Pulse(Clock(), 30), "1.2")


def queue(*texts: str) -> list[Incoming]:
    return [Incoming(update_id=number, chat_id=5, text=text) for number, text in enumerate(texts)]


async def test_everything_that_waits_is_answered_in_order_and_sent() -> None:
    memory, messages = Memory(queue=queue("/ping", "hello")), Messages()
    subject = worker(memory, messages)
    await subject.work_off()
    assert memory.answers == [("pong", "waiting"), ("You said: hello", "waiting")]
    assert messages.sent == [(5, "pong"), (5, "You said: hello")]
    assert subject.pulse.check().as_json() == {"status": "ok", "done": 2, "last_beat_seconds": 0.0}


async def test_without_telegram_answers_are_only_stored() -> None:
    memory, messages = Memory(queue=queue("/ping")), Messages(enabled=False)
    await worker(memory, messages).work_off()
    assert memory.answers == [("pong", "unwanted")]
    assert messages.sent == []


async def test_an_answer_that_cannot_be_sent_does_not_stop_the_worker() -> None:
    memory = Memory(queue=queue("/ping"))
    subject = worker(memory, Messages(refuses=DeliveryError("blocked", None)))
    await subject.work_off()
    assert memory.given_up == ["blocked"]
    assert subject.pulse.check().status == "ok"


async def test_figures_come_from_the_database() -> None:
    memory = Memory(queue=queue("/stats", "later"))
    await worker(memory, Messages()).work_off()
    assert memory.answers[0][0].startswith("2 messages received, 0 answered, 2 waiting.")


async def test_broken_figures_do_not_hold_the_queue_up() -> None:
    memory = Memory(queue=queue("/stats", "/ping"), stats_trouble=ValueError("broken"))
    await worker(memory, Messages()).work_off()
    assert [answer for answer, _ in memory.answers] == ["I cannot read my figures at the moment.", "pong"]


async def test_a_message_stays_queued_while_the_database_is_away() -> None:
    memory = Memory(queue=queue("/stats"), stats_trouble=DatabaseAwayError("away"))
    with pytest.raises(DatabaseAwayError):
        await worker(memory, Messages()).work_off()
    assert len(memory.queue) == 1


async def test_the_loop_survives_errors_and_recovers() -> None:
    away, odd = DatabaseAwayError("away"), ValueError("odd")
    memory = Memory(trouble=[away, away, odd, None, asyncio.CancelledError()], queue=queue("/ping"))
    seen: list[tuple[float, object]] = []

    async def sleep(seconds: float) -> None:
        seen.append((seconds, subject.pulse.check().details["detail"]))

    subject = Worker(memory, Messages(), Pulse(Clock(), 30), "1.2", sleep)
    with pytest.raises(asyncio.CancelledError):
        await subject.run()
    assert seen == [(0.5, "away"), (1.0, "away"), (2.0, "ValueError: odd")]
    assert memory.answers == [("pong", "waiting")]
    assert subject.pulse.check().status == "ok"


def test_the_pause_grows_to_its_limit_and_no_further() -> None:
    assert [backoff(failures) for failures in (1, 2, 3, 4, 5)] == [0.5, 1.0, 2.0, 4.0, 5.0]
    assert backoff(100_000) == LONGEST_BACKOFF_SECONDS
