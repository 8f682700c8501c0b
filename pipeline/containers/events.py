"""Container events of the Docker daemon, as a wake-up: what is true is always looked at anew."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import docker
import docker.errors
import requests

from pipeline.containers.aside import aside

_QUIET_SECONDS = 600
_CLOSING_SECONDS = 1.0
_CHANGES = ["create", "start", "die", "oom", "destroy", "health_status"]


@contextlib.asynccontextmanager
async def container_events(labels: list[str]) -> AsyncIterator[asyncio.Event]:
    """Sets the event whenever a container with all `labels` starts, dies or changes its health.

    Where the stream cannot be opened or breaks, the event stays silent: callers look by a slow poll too.
    """
    news = asyncio.Event()
    filters = {"type": "container", "label": labels, "event": _CHANGES}
    async with stream(filters, quiet=_QUIET_SECONDS, on_event=news.set):
        yield news


@contextlib.asynccontextmanager
async def stream(
    filters: Mapping[str, Any],
    *,
    quiet: int,
    on_event: Callable[[], object] = lambda: None,
    on_open: Callable[[], object] = lambda: None,
    on_end: Callable[[], object] = lambda: None,
) -> AsyncIterator[None]:
    """One stream of events, in a thread, as long as the context lasts.

    The callbacks run in the event loop. `on_end` tells that there is no stream, or none any more: it could
    not be opened, it broke, or it was silent for `quiet` seconds.
    """
    loop = asyncio.get_running_loop()

    def tell(listener: Callable[[], object]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(listener)

    watch = _Watch(filters, quiet, on_open=lambda: tell(on_open), on_event=lambda: tell(on_event))
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
        *,
        on_open: Callable[[], object],
        on_event: Callable[[], object],
    ) -> None:
        self._filters = filters
        self._quiet = quiet
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
            stream = client.events(decode=True, filters=dict(self._filters))
            with self._lock:
                self._stream = stream
                if self._closed:
                    return
            self._on_open()
            for _ in stream:
                self._on_event()
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
