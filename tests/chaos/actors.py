"""Bot and worker as the processes they are, started again whenever they end, as Compose does."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

MARK = "VNEXT_CHAOS_ACTOR"
"""In the environment of each process and so of its children: who started it."""

_AGAIN_SECONDS = 0.2
_MOST_SECONDS = 5.0


@dataclass
class Actor:
    """`words` are what Python runs, `code` the folder that it is in.

    Each start has a mark of its own, `house/worker-3`.
    """

    name: str
    words: tuple[str, ...]
    environment: Mapping[str, str]
    code: Path
    logs: Path
    started: int = 0
    changes: Mapping[str, str] = field(default_factory=dict)
    process: asyncio.subprocess.Process | None = None
    _keeper: asyncio.Task[None] | None = None
    _ended: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def log(self) -> Path:
        return self.logs / f"{self.name.replace('/', '-')}.log"

    @property
    def pid(self) -> int | None:
        return self.process.pid if self.process and self.process.returncode is None else None

    async def start(self, changes: Mapping[str, str] | None = None) -> None:
        """Keeps it running from now on; `changes` to its environment hold until the next start."""
        assert self._keeper is None
        self.changes = changes or {}
        await self._launch()
        self._keeper = asyncio.create_task(self._keep(), name=self.name)

    async def kill(self) -> None:
        """SIGKILL to the process alone, its children live on; it is started again at once."""
        process = self._running()
        process.kill()
        await process.wait()

    async def term(self) -> tuple[int, float]:
        """SIGTERM; exit code and seconds until the end. It is started again."""
        process, began = self._running(), time.monotonic()
        process.terminate()
        try:
            async with asyncio.timeout(30):
                code = await process.wait()
        except TimeoutError:
            process.kill()
            code = await process.wait()
        return code, time.monotonic() - began

    def pause(self) -> None:
        self._running().send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._running().send_signal(signal.SIGCONT)

    async def stay_down(self) -> None:
        """SIGKILL, and not started again until start()."""
        if self._keeper is not None:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper
            self._keeper = None
        if self.pid is not None:
            await self.kill()

    async def retire(self) -> tuple[int, float]:
        """SIGTERM, and not started again."""
        assert self._keeper is not None
        self._keeper.cancel()
        self._keeper = None
        return await self.term()

    def _running(self) -> asyncio.subprocess.Process:
        assert self.process is not None
        if self.process.returncode is not None:
            raise RuntimeError(f"{self.name} had ended by itself with code {self.process.returncode}")
        return self.process

    async def _launch(self) -> None:
        self.started += 1
        marked = {MARK: f"{self.name}-{self.started}"}
        with self.log.open("ab") as log:
            log.write(f"--- start {self.started}\n".encode())
            log.flush()
            self.process = await asyncio.create_subprocess_exec(
                sys.executable,
                *self.words,
                cwd=self.code,
                env={**self.environment, **self.changes, **marked},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    async def _keep(self) -> None:
        delay = _AGAIN_SECONDS
        while True:
            assert self.process is not None
            since = time.monotonic()
            await self.process.wait()
            delay = _AGAIN_SECONDS if time.monotonic() - since > 10 else min(delay * 2, _MOST_SECONDS)
            await asyncio.sleep(delay)
            await self._launch()


@dataclass(frozen=True)
class Process:
    """`mark` names the start of an actor that it descends from."""

    pid: int
    mark: str
    words: str


def marked(house: str) -> list[Process]:
    """The living processes that descend from actors of a house."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            environment = (folder / "environ").read_bytes().split(b"\0")
            mark = next((e for e in environment if e.startswith(MARK.encode() + b"=")), b"")
            name = mark.partition(b"=")[2].decode()
            if name.startswith(f"{house}/") and not _is_zombie(folder):
                words = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                found.append(Process(int(folder.name), name, words.strip()[:200]))
    return found


def orphans(house: str) -> list[Process]:
    """Those whose actor is gone: the actor's own process has no parent with a mark of its own."""
    processes = marked(house)
    leaders = {process.mark for process in processes if _leads(process)}
    return [process for process in processes if process.mark not in leaders]


def _leads(process: Process) -> bool:
    return " -m bot" in process.words or " -m pipeline" in process.words


def _is_zombie(folder: Path) -> bool:
    return (folder / "stat").read_text().rpartition(")")[2].split()[0] == "Z"


def end_all(house: str) -> None:
    for process in marked(house):
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)
