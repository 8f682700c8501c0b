"""The step from what touches nothing to the switch, which waits while the controller is being replaced."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from pipeline.engine.record import Record
from pipeline.model.release import RunId
from pipeline.model.states import StageName
from pipeline.stages.journey import Journey
from pipeline.store.crossing import HandOverUnderWay

log = structlog.get_logger()


async def cross(journey: Journey, record: Record, first: StageName, keep: Callable[[str], None]) -> None:
    """The run touches production from now on, `first` by this stage. What that waits for is shown beside it
    and goes to the run's log by `keep`; the wait ends with the hand-over, which its guard bounds.

    Raises RunCancelled, StaleEpoch.
    """
    waits_for: RunId | None = None
    async with journey.parts.store.news.subscribe() as news:
        while True:
            try:
                await record.cross()
            except HandOverUnderWay as found:
                if found.run != waits_for:
                    log.info("switch_waits", run=journey.run.id, waits_for=found.run)
                    line = f"waits for run {found.run}, in which the controller is replaced"
                    keep(line)
                    await record.waits(first, line)
                    waits_for = found.run
            else:
                return
            await news.wait()
