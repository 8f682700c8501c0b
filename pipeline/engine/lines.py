"""Progress lines on their way to the journal: the newest of each stage, once a second; all to disk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import TracebackType

import structlog

from pipeline.cancelling import end, pass_on_cancellation
from pipeline.engine.runlog import RunLog
from pipeline.model.run import Run
from pipeline.model.states import StageName
from pipeline.store.connect import LOST
from pipeline.store.runs import Runs

FLUSH_SECONDS = 1.0
_SHOWN = 500

log = structlog.get_logger()


class Lines:
    """Use as an async context manager for the time of a run."""

    def __init__(
        self,
        runs: Runs,
        run: Run,
        log_file: Path,
        redact: Callable[[str], str],
        clock: Callable[[], datetime],
    ):
        self._runs = runs
        self._run = run
        self._redact = redact
        self._clock = clock
        self._newest: dict[StageName, str] = {}
        self._told: dict[StageName, str] = {}
        self._some = asyncio.Event()
        self._file = RunLog(log_file)
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Lines:
        self._task = asyncio.create_task(self._flush(), name=f"lines-{self._run.id}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task:
            await end([self._task])
        self._file.close()

    def teller(self, stage: StageName) -> Callable[[str], None]:
        """For what is shown and kept."""
        log, show = self.logger(stage), self.shower(stage)

        def tell(line: str) -> None:
            log(line)
            show(line)

        return tell

    def shower(self, stage: StageName) -> Callable[[str], None]:
        """For what is shown as it comes; the newest line of a stage counts. Asked for when the stage begins,
        which has taken its last line away."""
        self._told.pop(stage, None)

        def show(line: str) -> None:
            self._newest[stage] = self._redact(line)[:_SHOWN].replace("\0", "")
            self._some.set()

        return show

    def logger(self, stage: StageName) -> Callable[[str], None]:
        """For output that is kept and not shown as it comes."""

        def log(line: str) -> None:
            self._file.write(f"{self._clock():%Y-%m-%dT%H:%M:%SZ} {stage} {self._redact(line)}")

        return log

    async def _flush(self) -> None:
        while True:
            await self._some.wait()
            self._some.clear()
            waiting, self._newest = self._newest, {}
            news = {stage: line for stage, line in waiting.items() if line != self._told.get(stage)}
            for stage, line in news.items():
                try:
                    await self._runs.tell(self._run.id, self._run.epoch, stage, line)
                    self._told[stage] = line
                except LOST as error:
                    pass_on_cancellation()
                    log.warning("line_not_told", run=self._run.id, stage=stage, problem=str(error))
            if news:
                await asyncio.sleep(FLUSH_SECONDS)
