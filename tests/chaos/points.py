"""The other side of pipeline/chaos.py: hears of each point, and holds the worker where that is awaited."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos.actors import MARK, Process


@dataclass(frozen=True)
class Reached:
    """`actor` is the mark of the worker that told; `beside`, children of workers that were gone by then."""

    run: int
    stage: str
    point: str
    actor: str
    at: float
    beside: tuple[Process, ...] = ()


@dataclass
class Hold:
    """A worker that waits at a point until `go`."""

    reached: Reached
    released: asyncio.Event = field(default_factory=asyncio.Event)

    def go(self) -> None:
        self.released.set()


class Points:
    """Use as an async context manager; `path` is what VNEXT_CHAOS gets. `who` gives the mark of the process
    at the other end."""

    def __init__(
        self,
        path: Path,
        orphans: Callable[[], list[Process]],
        who: Callable[[socket.socket], str] | None = None,
    ) -> None:
        self.path = path
        self._who = who or _who
        self.reached: list[Reached] = []
        self._orphans = orphans
        self._awaited: list[tuple[str, str, asyncio.Future[Hold]]] = []
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Points:
        self._server = await asyncio.start_unix_server(self._meet, self.path)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()

    def expect(self, stage: str, point: str) -> asyncio.Future[Hold]:
        """The next worker that comes to the point is held there."""
        future: asyncio.Future[Hold] = asyncio.get_running_loop().create_future()
        self._awaited.append((stage, point, future))
        return future

    def forget(self) -> None:
        """Holds nobody any more."""
        for _, _, future in self._awaited:
            future.cancel()
        self._awaited.clear()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, ValueError):
            run, stage, point = (await reader.readline()).decode().split()
            actor, beside = self._who(writer.get_extra_info("socket")), tuple(self._orphans())
            reached = Reached(int(run), stage, point, actor, time.monotonic(), beside)
            self.reached.append(reached)
            if hold := self._held(reached):
                gone = asyncio.create_task(reader.read())
                released = asyncio.create_task(hold.released.wait())
                await asyncio.wait({gone, released}, return_when=asyncio.FIRST_COMPLETED)
                gone.cancel()
                released.cancel()
            writer.write(b"\n")
        writer.close()

    def _held(self, reached: Reached) -> Hold | None:
        for entry in self._awaited:
            stage, point, future = entry
            if (stage, point) == (reached.stage, reached.point) and not future.done():
                self._awaited.remove(entry)
                hold = Hold(reached)
                future.set_result(hold)
                return hold
        return None


def _who(peer: socket.socket) -> str:
    raw = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    pid: int = struct.unpack("3i", raw)[0]
    environment = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    mark = next((e for e in environment if e.startswith(MARK.encode() + b"=")), b"?=?")
    return mark.partition(b"=")[2].decode()
