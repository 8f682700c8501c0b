"""Container events of the Docker daemon: a wake-up, and what happened between two looks at the truth."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import docker
import docker.errors
import requests

from pipeline.containers.aside import aside

_QUIET_SECONDS = 600
_CLOSING_SECONDS = 1.0
_CHANGES = ["create", "start", "die", "oom", "destroy", "health_status"]
_ENDS = [*_CHANGES, "kill"]
_KEPT_MOST = 2000


@dataclass(frozen=True, kw_only=True)
class Happened:
    """`action` is one of _ENDS; `container` is an id. `exit_code` is that of a death, `signal` that of a
    kill, by which somebody stops a container: one that dies by itself tells of none."""

    action: str
    container: str
    service: str | None
    at: datetime
    exit_code: int | None = None
    signal: int | None = None


class Happenings:
    """What happened since it was last taken. `news` is set whenever something did.

    After more than 2000 events the oldest are given up.
    """

    def __init__(self) -> None:
        self.news = asyncio.Event()
        self.streams = False
        self._kept: deque[Happened] = deque(maxlen=_KEPT_MOST)
        self._since: str | None = None

    def take(self) -> list[Happened]:
        """Oldest first."""
        self.news.clear()
        taken = list(self._kept)
        self._kept.clear()
        return taken

    def put_back(self, taken: list[Happened]) -> None:
        """What could not be dealt with; the newest stay where there is no room for all."""
        self._kept.extendleft(reversed(taken[max(len(taken) - _KEPT_MOST + len(self._kept), 0) :]))

    def add(self, raw: Mapping[str, Any]) -> None:
        found = happened(raw)
        if found is None:
            return
        self._kept.append(found)
        self._since = _after(raw)
        self.news.set()

    @contextlib.asynccontextmanager
    async def listen(self, labels: list[str]) -> AsyncIterator[None]:
        """Gathers as long as the context lasts, beginning with what came since the last event, as far as the
        daemon still knows it.

        `streams` is whether it does: the daemon may go, and a stream that is silent for long ends.
        """

        def opened() -> None:
            self.streams = True

        def ended() -> None:
            self.streams = False

        filters = {"type": "container", "label": labels, "event": _ENDS}
        self.streams = True
        async with stream(
            filters,
            quiet=_QUIET_SECONDS,
            on_event=self.add,
            on_open=opened,
            on_end=ended,
            since=self._since,
        ):
            yield


def happened(raw: Mapping[str, Any]) -> Happened | None:
    """An event as the daemon tells it; None for one that is not understood."""
    actor = raw.get("Actor") or {}
    labels = actor.get("Attributes") or {}
    nanoseconds, container = raw.get("timeNano"), actor.get("ID")
    if not isinstance(nanoseconds, int) or not isinstance(container, str):
        return None
    return Happened(
        action=str(raw.get("Action", "")).partition(":")[0],
        container=container,
        service=labels.get("com.docker.compose.service"),
        at=datetime.fromtimestamp(nanoseconds / 1e9, UTC),
        exit_code=_number(labels.get("exitCode")),
        signal=_number(labels.get("signal")),
    )


def _number(text: object) -> int | None:
    return int(text) if isinstance(text, str) and text.isascii() and text.isdecimal() else None


def _after(raw: Mapping[str, Any]) -> str:
    """From when on the daemon is asked so that it does not tell this event again."""
    seconds, nanoseconds = divmod(raw["timeNano"] + 1, 1_000_000_000)
    return f"{seconds}.{nanoseconds:09}"


@contextlib.asynccontextmanager
async def container_events(labels: list[str]) -> AsyncIterator[asyncio.Event]:
    """Sets the event whenever a container with all `labels` starts, dies or changes its health.

    Where the stream cannot be opened or breaks, the event stays silent: callers look by a slow poll too.
    """
    news = asyncio.Event()
    filters = {"type": "container", "label": labels, "event": _CHANGES}
    async with stream(filters, quiet=_QUIET_SECONDS, on_event=lambda _: news.set()):
        yield news


@contextlib.asynccontextmanager
async def stream(
    filters: Mapping[str, Any],
    *,
    quiet: int,
    on_event: Callable[[Mapping[str, Any]], object] = lambda _: None,
    on_open: Callable[[], object] = lambda: None,
    on_end: Callable[[], object] = lambda: None,
    since: str | None = None,
) -> AsyncIterator[None]:
    """One stream of events, in a thread, as long as the context lasts; `since` is a moment in seconds.

    The callbacks run in the event loop. `on_end` tells that there is no stream, or none any more: it could
    not be opened, it broke, or it was silent for `quiet` seconds.
    """
    loop = asyncio.get_running_loop()

    def tell(listener: Callable[..., object], *told: object) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(listener, *told)

    watch = _Watch(
        filters,
        quiet,
        since,
        on_open=lambda: tell(on_open),
        on_event=lambda raw: tell(on_event, raw),
    )
    pumping = asyncio.create_task(aside(watch.pump))
    pumping.add_done_callback(lambda _: on_end())
    try:
        yield
    finally:
        watch.close()
        await asyncio.wait({pumping}, timeout=_CLOSING_SECONDS)
        pumping.cancel()


class _Watch:
    """The blocking stream of events, closed from another thread."""

    def __init__(
        self,
        filters: Mapping[str, Any],
        quiet: int,
        since: str | None,
        *,
        on_open: Callable[[], object],
        on_event: Callable[[Mapping[str, Any]], object],
    ) -> None:
        self._filters = filters
        self._quiet = quiet
        self._since = since
        self._on_open = on_open
        self._on_event = on_event
        self._lock = threading.Lock()
        self._closed = False
        self._stream: Any = None

    def pump(self) -> None:
        try:
            client = docker.from_env(timeout=_QUIET_SECONDS)
        except docker.errors.DockerException:
            return
        try:
            client.api.timeout = self._quiet
            since: Any = (
                self._since
            )  # the API takes fractions of a second, of which docker's types know nothing
            stream = client.events(decode=True, filters=dict(self._filters), since=since)
            with self._lock:
                self._stream = stream
                if self._closed:
                    return
            self._on_open()
            for raw in stream:
                self._on_event(raw)
        except (
            docker.errors.DockerException,
            requests.RequestException,
            OSError,
            ValueError,
            AttributeError,
        ):
            return  # closed, silent for long, or the daemon went: the slow poll goes on looking
        finally:
            client.close()

    def close(self) -> None:
        with self._lock:
            self._closed = True
            if self._stream is not None:
                self._stream.close()
