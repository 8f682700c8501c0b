"""How the driver writes to the journal: it waits for PostgreSQL where that is away, and forgets nothing.

No stage starts before its intent is written. Only where a stage itself takes PostgreSQL down, because the
group that is switched holds it, the disk carries intent and result until PostgreSQL is back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from pipeline.cancelling import pass_on_cancellation
from pipeline.engine.disk import DiskJournal, Entry
from pipeline.model.results import Result
from pipeline.model.run import Failure, Run
from pipeline.model.states import ExitCode, RunState, StageName, StageState
from pipeline.store.connect import LOST
from pipeline.store.runs import Runs

_FIRST_PAUSE = 0.25
_LONGEST_PAUSE = 5.0
_LAST_POSITION = len(StageName)

log = structlog.get_logger()


class Record:
    """`carried` is set once the run is about to take PostgreSQL itself down."""

    def __init__(self, runs: Runs, run: Run, disk: DiskJournal) -> None:
        self._runs = runs
        self._run = run
        self._disk = disk
        self._waiting: list[Entry] = []
        self.carried = False

    async def catch_up(self) -> None:
        """Tells what an executor which is gone left on disk; void where another one has acted since then."""
        self._waiting = [entry for entry in self._disk.entries() if entry.epoch == self._run.epoch - 1]
        await self.back(_nothing)

    async def cross(self) -> None:
        """The run is about to touch production. Raises RunCancelled, StaleEpoch, HandOverUnderWay."""
        await self.back(lambda: self._runs.cross(self._run.id, self._run.epoch))

    async def waits(self, stage: StageName, line: str) -> None:
        """What a stage waits for before it begins."""
        run = self._run
        await self.back(lambda: self._runs.tell(run.id, run.epoch, stage, line, StageState.PENDING))

    async def begin(self, stage: StageName) -> None:
        """The intent. Raises StaleEpoch."""
        await self._write(Entry(epoch=self._run.epoch, stage=stage, state=StageState.RUNNING))

    async def end(self, stage: StageName, state: StageState, result: Result | None) -> None:
        """The result. Raises StaleEpoch."""
        await self._write(Entry(epoch=self._run.epoch, stage=stage, state=state, result=result))

    async def move(self, state: RunState) -> None:
        await self._write(Entry(epoch=self._run.epoch, run_state=state))

    async def finish(self, state: RunState, code: ExitCode, failure: Failure | None) -> None:
        """The run's end, which always waits for PostgreSQL: only the journal tells people."""
        run = self._run
        await self.back(lambda: self._runs.finish(run.id, run.epoch, state, code, failure))
        self._disk.clear()

    async def back(self, work: Callable[[], Awaitable[None]]) -> None:
        """Does `work` once PostgreSQL has been told all that waits, however long that is away."""
        pause, told = _FIRST_PAUSE, False
        while True:
            try:
                await self._catch_up()
                await work()
            except LOST as error:
                pass_on_cancellation()
                if not told:
                    log.warning("journal_waited_for", run=self._run.id, problem=str(error))
                    told = True
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
                continue
            return

    async def _write(self, entry: Entry) -> None:
        try:
            await self._catch_up()
            await self._put(entry)
        except LOST as error:
            pass_on_cancellation()
            log.warning("journal_away", run=self._run.id, stage=entry.stage, problem=str(error))
            if self.carried or entry.state is not StageState.RUNNING:
                await asyncio.to_thread(self._disk.append, entry)
                self._waiting.append(entry)
            if self.carried:
                return
            await self.back(lambda: self._nothing_or(entry))

    async def _nothing_or(self, entry: Entry) -> None:
        """A result waits among the others already; an intent is written at last."""
        if entry.state is StageState.RUNNING:
            await self._put(entry)

    async def _catch_up(self) -> None:
        while self._waiting:
            await self._put(self._waiting[0])
            self._waiting.pop(0)
            if not self._waiting:
                self._disk.clear()

    async def _put(self, entry: Entry) -> None:
        run = self._run
        if entry.run_state is not None:
            await self._runs.move(run.id, run.epoch, entry.run_state)
        elif entry.stage is not None and entry.state is StageState.RUNNING:
            await self._runs.begin(run.id, run.epoch, entry.stage, position=_LAST_POSITION)
        elif entry.stage is not None and entry.state is not None:
            await self._runs.end(run.id, run.epoch, entry.stage, entry.state, entry.result)


async def _nothing() -> None:
    pass
