"""The process of a one-off container of a hand-over: it looks, decides and acts until the run has ended."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace

import structlog

from pipeline.cancelling import end, pass_on_cancellation
from pipeline.containers.engine import EngineUnreachable
from pipeline.engine.drive import drive
from pipeline.engine.ending import StageError
from pipeline.engine.handing_over.decide import Decision, Seen, decide
from pipeline.engine.handing_over.failing import failure_of, given_up
from pipeline.engine.handing_over.schema import as_before, room_for_it
from pipeline.engine.handing_over.watching import Watching
from pipeline.engine.lock import hold, until_lost
from pipeline.model.errors import PipelineError, StaleEpoch
from pipeline.model.executor import Held
from pipeline.model.hand_over import Act, Carrier, HandOver
from pipeline.model.release import RunId
from pipeline.model.states import StageName
from pipeline.parts import equip, with_journal
from pipeline.process import inheriting
from pipeline.settings import WorkerSettings
from pipeline.stages import carriers
from pipeline.stages.journey import Hands, Parts
from pipeline.store.connect import LOST, JournalUnreachable
from pipeline.store.hand_overs import reading

LOOK_SECONDS = 1.0
_HELD_SECONDS = 0.5
_PAUSE_SECONDS = 2.0
_PAUSE_MOST = 15.0
_AWAY = (JournalUnreachable, EngineUnreachable, *LOST)

log = structlog.get_logger()


async def attend(settings: WorkerSettings, run: RunId, me: Carrier) -> None:
    """Until the run has ended; then neither container is left, so that this process is ended from outside.

    Raises ConfigurationError, EngineUnreachable, and, as the hand-over, JournalUnreachable and what its work
    raised: Docker then starts it again, and the guard counts.
    """
    async with equip(settings) as hands:
        await _Attendant(hands, run, me).act()


class _Attendant:
    def __init__(self, hands: Hands, run: RunId, me: Carrier) -> None:
        self._hands = hands
        self._run = run
        self._me = me
        self._watching = Watching(hands, run, me)
        self._carrying: asyncio.Task[None] | None = None
        self._pause = _PAUSE_SECONDS

    async def act(self) -> None:
        try:
            while True:
                try:
                    seen = await self._watching.look()
                    left = await self._do(seen, decide(seen))
                except (PipelineError, *LOST) as error:
                    pass_on_cancellation()
                    await self._hindered(error)
                    continue
                if left:
                    return
                self._pause = _PAUSE_SECONDS
                await self._rest()
        finally:
            if self._carrying is not None:
                await end([self._carrying])

    async def _do(self, seen: Seen, decision: Decision) -> bool:
        """Whether everything is done."""
        row = seen.row
        if row is None or decision.act is Act.LEAVE:
            await self._stop_carrying()
            log.info("hand_over_ended", run=self._run)
            await carriers.remove(self._hands, self._run, last=self._me)
            return True
        if row.carrier is Carrier.WORKER:
            await self._announce(row)
        if decision.act is Act.CARRY:
            if self._carrying is None:
                self._carrying = asyncio.create_task(self._carry(row), name="carry")
        else:
            await self._stop_carrying()
        match decision.act:
            case Act.TAKE_BACK:
                await self._take_back(row, decision.why)
            case Act.LET_GO:
                await self._let_go()
            case _:
                pass
        if decision.start is not None:
            await self._start(row, decision.start)
        return False

    async def _announce(self, row: HandOver) -> None:
        if self._me not in row.ready:
            async with reading(self._hands.settings.journal) as store:
                await store.ready(self._run, self._me)

    async def _start(self, row: HandOver, carrier: Carrier) -> None:
        log.warning("hand_over_container_started", run=self._run, container=carrier)
        if carrier is Carrier.HAND_OVER:
            async with reading(self._hands.settings.journal) as store:
                await store.died(self._run)
        await carriers.bring_up(self._hands, row, carrier)

    async def _rest(self) -> None:
        """Until the next look, or what is carried has ended."""
        if self._carrying is None:
            await asyncio.sleep(LOOK_SECONDS)
            return
        await asyncio.wait({self._carrying}, timeout=LOOK_SECONDS)
        if self._carrying.done():
            carried, self._carrying = self._carrying, None
            carried.result()

    async def _stop_carrying(self) -> None:
        if self._carrying is not None:
            await end([self._carrying])
            self._carrying = None

    async def _hindered(self, error: Exception) -> None:
        """The guard goes on trying, for nobody is behind it. The hand-over goes on while it carries the run,
        whose driver waits for helpers itself; else it ends, is started again, and the guard counts."""
        self._watching.hindered()
        if isinstance(error, Held):
            await asyncio.sleep(_HELD_SECONDS)
            return
        if self._me is Carrier.HAND_OVER and self._carrying is None:
            raise error
        log.warning("hand_over_waits", run=self._run, problem=str(error), seconds=self._pause)
        await asyncio.sleep(self._pause)
        self._pause = min(self._pause * 2, _PAUSE_MOST)

    async def _carry(self, row: HandOver) -> None:
        """Returns where the run has ended or is another's from now on."""
        hands, me = self._hands, row.carrier
        project = hands.settings.project_name
        async with hold(hands.layout.locks, project, str(self._me), hands.settings.journal) as lock:
            with inheriting(lock.file.descriptor):
                async with self._parts(row) as parts:
                    try:
                        await until_lost(lock, drive(replace(parts, carrier=me), self._run, lock))
                    except StaleEpoch as error:
                        log.info("run_let_go", run=self._run, why=error.what)

    @contextlib.asynccontextmanager
    async def _parts(self, row: HandOver) -> AsyncIterator[Parts]:
        """The journal is opened, and with that its schema moved; where it cannot be, the guard takes over.

        Raises StaleEpoch then.
        """
        hands = self._hands
        stopped: tuple[str, ...] = ()
        if row.carrier is Carrier.GUARD:
            await as_before(hands, row)
        async with contextlib.AsyncExitStack() as stack:
            try:
                if row.carrier is Carrier.HAND_OVER:
                    stopped = await room_for_it(hands, row)
                parts = await stack.enter_async_context(with_journal(hands))
            except _AWAY:
                raise
            except PipelineError as error:
                if row.carrier is Carrier.GUARD:
                    raise
                failed = StageError(StageName.HAND_OVER, error)
                async with reading(hands.settings.journal) as store:
                    await store.take_back(row.run, await failure_of(hands, failed, {}))
                raise StaleEpoch(row.run, 0) from error
            yield replace(parts, stopped=stopped)

    async def _take_back(self, row: HandOver, why: str) -> None:
        log.warning("hand_over_taken_back", run=self._run, why=why)
        failure = await given_up(self._hands, self._run, why, {})
        await self._hands.engine.remove(carriers.name_of(self._hands, self._run, Carrier.HAND_OVER))
        async with reading(self._hands.settings.journal) as store:
            await store.take_back(row.run, failure)

    async def _let_go(self) -> None:
        log.warning("hand_over_let_go", run=self._run)
        await self._hands.engine.remove(carriers.name_of(self._hands, self._run, Carrier.HAND_OVER))
        async with reading(self._hands.settings.journal) as store:
            await store.end_by_worker(self._run)
