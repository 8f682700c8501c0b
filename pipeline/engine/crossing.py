"""The step from what touches nothing to the switch, which waits while the controller is being replaced."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from pipeline.engine.record import Record
from pipeline.model.release import RunId
from pipeline.stages.journey import Journey
from pipeline.store.crossing import HandOverUnderWay

log = structlog.get_logger()


async def cross(journey: Journey, record: Record, tell: Callable[[str], None]) -> None:
    """The run touches production from now on. What it waits for is told by `tell`; the wait ends with the
    hand-over, which its guard bounds.

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
                    tell(f"waits for run {found.run}, in which the controller is replaced")
                    waits_for = found.run
            else:
                return
            await news.wait()
