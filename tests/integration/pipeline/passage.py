"""A Unix socket before the real Docker daemon, whose connections tests cut, refuse or leave unanswered."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

from pipeline.cancelling import end


class Passage:
    """`hold` lets what arrives wait unanswered; `shut` is a daemon that went, `open` one that is back."""

    def __init__(self, path: Path, daemon: str) -> None:
        self.path = path
        self.arrived = asyncio.Event()
        self.hold = False
        self._daemon = daemon
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        self._server = await asyncio.start_unix_server(self._accept, self.path)

    async def shut(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
            self.path.unlink(missing_ok=True)
        await end(self._connections)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.arrived.set()
        with contextlib.closing(writer):
            if self.hold:
                await asyncio.Event().wait()
            there, back = await asyncio.open_unix_connection(self._daemon)
            with contextlib.closing(back):
                ways = [
                    asyncio.create_task(_pass_on(reader, back)),
                    asyncio.create_task(_pass_on(there, writer)),
                ]
                try:
                    await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
                    await asyncio.wait(ways, timeout=0.1)
                finally:
                    await end(ways)


async def _pass_on(source: asyncio.StreamReader, into: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while chunk := await source.read(65536):
            into.write(chunk)
            await into.drain()


@contextlib.asynccontextmanager
async def passage(directory: Path) -> AsyncIterator[Passage]:
    """Open at first. Point DOCKER_HOST to `unix://` and its path."""
    daemon = urlsplit(os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")).path
    made = Passage(directory / "docker.sock", daemon)
    await made.open()
    try:
        yield made
    finally:
        await made.shut()
