"""Stand-ins for the edges: a database in memory, a messenger that keeps what it is given, a clock to turn."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from server_agent.database import Unread
from server_agent.errors import DeliveryError
from server_agent.health import Check
from server_agent.stats import Stats
from server_agent.updates import Incoming


class Clock:
    """Seconds that pass only when told to."""

    def __init__(self) -> None:
        self.seconds = 100.0
        self.today = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return self.today


@dataclass
class Memory:
    """Messages and cycles in lists. `trouble` holds what the next calls raise, None for nothing."""

    trouble: list[BaseException | None] = field(default_factory=list)
    stats_trouble: Exception | None = None
    queue: list[Incoming] = field(default_factory=list)
    answers: list[tuple[str, str]] = field(default_factory=list)
    unsent: list[tuple[int, str]] = field(default_factory=list)
    given_up: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    cycles: list[tuple[date, int, str, int]] = field(default_factory=list)
    waits: int = 0

    def _fail_if_told(self) -> None:
        trouble = self.trouble.pop(0) if self.trouble else None
        if trouble is not None:
            raise trouble

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[Memory]:
        self._fail_if_told()
        yield self

    async def wait(self, seconds: float) -> None:
        assert seconds > 0
        self.waits += 1
        self._fail_if_told()

    async def check(self) -> None:
        self._fail_if_told()

    async def enqueue(self, message: Incoming) -> bool:
        self._fail_if_told()
        if any(known.update_id == message.update_id for known in self.queue):
            return False
        self.queue.append(message)
        return True

    async def answer_next(self, compose: Callable[[str], Awaitable[str]], delivery: str) -> bool:
        if not self.queue:
            return False
        answer = await compose(self.queue[0].text)
        message = self.queue.pop(0)
        self.answers.append((answer, delivery))
        self.unsent.append((message.chat_id, answer))
        return True

    async def deliver_next(self, send: Callable[[int, str], Awaitable[None]]) -> bool:
        if not self.unsent:
            return False
        try:
            await send(*self.unsent.pop(0))
        except DeliveryError as error:
            self.given_up.append(str(error))
        return True

    async def stats(self, day: date) -> Stats:
        if self.stats_trouble:
            raise self.stats_trouble
        answered, queued = len(self.answers), len(self.queue)
        used = await self.tokens_used(day)
        return Stats(
            received=answered + queued,
            answered=answered,
            queued=queued,
            cycles=len(self.cycles),
            tokens_used=used,
        )

    async def tokens_used(self, day: date) -> int:
        self._fail_if_told()
        return sum(tokens for spent_on, _, _, tokens in self.cycles if spent_on == day)

    async def unread(self, limit: int) -> Sequence[Unread]:
        seen = max((last for _, last, _, _ in self.cycles), default=0)
        numbered = [Unread(id=number, text=text) for number, text in enumerate(self.texts, 1)]
        return [message for message in numbered if message.id > seen][:limit]

    async def record_cycle(self, day: date, last_message_id: int, summary: str, tokens: int) -> None:
        self.cycles.append((day, last_message_id, summary, tokens))


@dataclass
class Messages:
    """Keeps what is sent; `refuses` is raised instead."""

    enabled: bool = True
    refuses: Exception | None = None
    sent: list[tuple[int, str]] = field(default_factory=list)

    async def send(self, chat_id: int, text: str) -> None:
        if self.refuses:
            raise self.refuses
        self.sent.append((chat_id, text))

    async def check(self) -> Check:
        return Check(status="ok" if self.enabled else "disabled")
