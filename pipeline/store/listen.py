"""LISTEN: wakes who waits for news, with a slow poll behind it and reconnects."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from types import TracebackType

import asyncpg
import structlog

from pipeline.cancelling import end, pass_on_cancellation
from pipeline.model.errors import PipelineError
from pipeline.store.connect import Address, connect
from pipeline.store.remote_moved import REMOTE_MOVED

CHANNEL = "pipeline"
INQUIRIES = "pipeline_inquiries"
"""The channel on which an inquiry tells that it was asked or answered."""

SLOW_POLL_SECONDS = 5.0
_KEEPALIVE_SECONDS = 15.0
_RECONNECT_SECONDS = 2.0

log = structlog.get_logger()


class News:
    """Notifications of the journal, shared by all who `subscribe`.

    A lost notification only delays, for waiting ends after the slow poll at the latest; the
    listening connection is renewed whenever it breaks.
    """

    def __init__(self, address: Address, *, name: str | None = None) -> None:
        self._address = address
        self._name = name
        self._waiting: dict[asyncio.Event, str] = {}
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> News:
        self._task = asyncio.create_task(self._listen(), name="journal-news")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task:
            await end([self._task])

    @contextlib.asynccontextmanager
    async def subscribe(self, channel: str = CHANNEL) -> AsyncIterator[Subscription]:
        """Notifications from now on; subscribe before reading the state they are about.

        Whoever waits is also woken when the listening connection was made anew, for any may be lost then.
        """
        event = asyncio.Event()
        self._waiting[event] = channel
        try:
            yield Subscription(event)
        finally:
            del self._waiting[event]

    def _wake(self, _: object, __: int, channel: str, ___: object) -> None:
        for event, awaited in self._waiting.items():
            if awaited == channel:
                event.set()

    def _wake_all(self) -> None:
        for event in self._waiting:
            event.set()

    async def _listen(self) -> None:
        while True:
            try:
                connection = await connect(self._address, name=self._name)
            except PipelineError as error:
                pass_on_cancellation()
                log.warning("journal_unreachable", problem=error.what)
                await asyncio.sleep(_RECONNECT_SECONDS)
                continue
            try:
                await self._hold(connection)
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                pass_on_cancellation()
                log.warning("journal_news_lost", problem=str(error))
                await asyncio.sleep(_RECONNECT_SECONDS)
            finally:
                connection.terminate()

    async def _hold(self, connection: asyncpg.Connection) -> None:
        """Listens until the connection breaks, which the keep-alive finds where nobody tells."""
        gone = asyncio.Event()
        connection.add_termination_listener(lambda _: gone.set())
        for channel in (CHANNEL, REMOTE_MOVED, INQUIRIES):
            await connection.add_listener(channel, self._wake)
        self._wake_all()
        while not gone.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_KEEPALIVE_SECONDS):
                    await gone.wait()
            await connection.fetchval("SELECT 1", timeout=_KEEPALIVE_SECONDS)


class Subscription:
    def __init__(self, event: asyncio.Event) -> None:
        self._event = event

    async def wait(self, timeout: float = SLOW_POLL_SECONDS) -> bool:
        """Returns when there is news, or after `timeout` seconds; whether there is."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._event.wait()
        news = self._event.is_set()
        self._event.clear()
        return news
