"""Stop: the services of the group, each with its own signal and grace period."""

from __future__ import annotations

from pipeline.model.results import Stopped
from pipeline.stages import switch
from pipeline.stages.journey import Journey


async def run(journey: Journey) -> Stopped:
    return Stopped(services=await switch.stop(journey.parts, journey.tell))
