"""Container events of the Docker daemon, as a wake-up: what is true is always looked at anew."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

import docker
import docker.errors
import requests

_QUIET_SECONDS = 600
_CHANGES = ["create", "start", "die", "oom", "destroy", "health_status"]


@contextlib.asynccontextmanager
async def container_events(labels: list[str]) -> AsyncIterator[asyncio.Event]:
    """Sets the event whenever a container with all `labels` starts, dies or changes its health.

    Where the stream cannot be opened or breaks, the event stays silent: callers look by a slow poll too.
    """
    loop = asyncio.get_running_loop()
    news = asyncio.Event()
    watch = _Watch(labels, lambda: loop.call_soon_threadsafe(news.set))
    pumping = asyncio.create_task(asyncio.to_thread(watch.pump))
    try:
        yield news
    finally:
        watch.close()
        await pumping


class _Watch:
    """The blocking stream of events, closed from another thread."""

    def __init__(self, labels: list[str], tell: Callable[[], object]) -> None:
        self._labels = labels
        self._tell = tell
        self._lock = threading.Lock()
        self._closed = False
        self._stream: Any = None

    def pump(self) -> None:
        try:
            client = docker.from_env(timeout=_QUIET_SECONDS)
        except docker.errors.DockerException:
            return
        try:
            filters = {"type": "container", "label": self._labels, "event": _CHANGES}
            stream = client.events(decode=True, filters=filters)
            with self._lock:
                self._stream = stream
                if self._closed:
                    return
            for _ in stream:
                self._tell()
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
