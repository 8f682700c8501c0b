"""The worker's side of a hand-over: it leaves the run alone, and sees to it that the guard lives."""

from __future__ import annotations

import asyncio

import structlog

from pipeline.cancelling import pass_on_cancellation
from pipeline.containers.engine import EngineRefused, EngineUnreachable
from pipeline.engine.handing_over.decide import Seen, decide
from pipeline.engine.local_file import local_runs
from pipeline.model.errors import PipelineError
from pipeline.model.hand_over import Carrier
from pipeline.model.release import Project
from pipeline.of_project import CONTROLLER
from pipeline.stages import carriers
from pipeline.stages.journey import Parts

LOOK_SECONDS = 1.0

log = structlog.get_logger()


async def stand_by(parts: Parts, project: Project) -> None:
    """Returns once no run of the project is handed over; what an ended one left is removed then.

    To be called without the executor's lock. Raises errors of the journal.
    """
    if project.name != CONTROLLER:
        return
    told = None
    async with parts.store.news.subscribe() as news:
        while (run := await parts.store.hand_overs.under_way(project.id)) is not None:
            if await asyncio.to_thread(local_runs, parts.layout.by_hand):
                return  # a rollback on the command line took its place: whoever has the lock ends the run
            if run != told:
                log.info("run_handed_over", run=run, waits_for="its end")
                told = run
            row = await parts.store.hand_overs.of(run)
            try:
                alive = await carriers.look(parts, run)
                decision = decide(Seen(me=Carrier.WORKER, row=row, alive=alive))
                if row is not None and decision.start is not None:
                    log.warning("hand_over_container_started", run=run, container=decision.start)
                    await carriers.bring_up(parts, row, decision.start)
            except PipelineError as error:
                pass_on_cancellation()
                log.warning("hand_over_not_seen_to", run=run, problem=str(error))
            await news.wait(LOOK_SECONDS)
    await _clear(parts, project)


async def _clear(parts: Parts, project: Project) -> None:
    newest = await parts.store.hand_overs.newest(project.id)
    row = await parts.store.hand_overs.of(newest) if newest is not None else None
    if row is None or not row.ended:
        return
    try:
        await carriers.remove(parts, row.run)
    except (EngineUnreachable, EngineRefused) as error:
        log.warning("hand_over_left", run=row.run, problem=error.what)
