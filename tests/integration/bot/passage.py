"""A way to a server that can be shut and opened again: what runs through it breaks, what comes is refused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from types import TracebackType
from typing import Self

from tests.ports import free_port


class Passage:
    """Listens on `port` of 127.0.0.1 and passes everything on to `host`:`to`."""

    def __init__(self, host: str, to: int) -> None:
        self._host = host
        self._to = to
        self.port = free_port()
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._pass, "127.0.0.1", self.port)

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            for writer in tuple(self._writers):
                writer.transport.abort()
            await self._server.wait_closed()
            self._server = None

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with self._closing(writer):
            try:
                there, back = await asyncio.open_connection(self._host, self._to)
            except ConnectionError:
                return  # nobody listens there, which ends this side too
            async with self._closing(back):
                await asyncio.wait(
                    [asyncio.create_task(_pump(reader, back)), asyncio.create_task(_pump(there, writer))]
                )

    @asynccontextmanager
    async def _closing(self, writer: asyncio.StreamWriter) -> AsyncIterator[None]:
        """Until what was written has gone, or the passage is shut."""
        self._writers.add(writer)
        try:
            yield
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()
            self._writers.discard(writer)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass  # the other side is gone, which ends this one
    finally:
        writer.close()
