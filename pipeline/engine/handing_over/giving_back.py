"""The hand-over gives the run to the guard where a stage failed, and tells it why."""

from __future__ import annotations

from typing import NoReturn

from pipeline.engine.ending import StageError
from pipeline.engine.handing_over.failing import error_of, failure_of
from pipeline.engine.record import Record
from pipeline.model.run import Run
from pipeline.stages.hand_over import LetGo
from pipeline.stages.journey import Journey, Parts


async def give_back(journey: Journey, failed: StageError, record: Record) -> NoReturn:
    """Raises LetGo, and StaleEpoch."""
    run, live = journey.run, journey.live
    failure = await failure_of(journey.parts, failed, live.images if live else {})

    async def tell() -> None:
        await journey.parts.store.hand_overs.take_back(run.id, failure, run.epoch)

    await record.back(tell)
    raise LetGo(run.id, run.epoch)


async def why_back(parts: Parts, run: Run) -> StageError | None:
    """Why the guard brings the old pair back; None for a run that was not handed over."""
    row = await parts.store.hand_overs.of(run.id)
    return error_of(row.failure) if row and row.failure else None
