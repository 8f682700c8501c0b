"""Stop: the services of the group, each with its own signal and grace period."""

from __future__ import annotations

from pipeline.database.client import find_client
from pipeline.model.results import Stopped
from pipeline.model.states import RunKind
from pipeline.stages import switch
from pipeline.stages.journey import Journey


async def run(journey: Journey) -> Stopped:
    parts, server = journey.parts, None
    if journey.run.kind is RunKind.RESTORE:  # the server of the database is what swaps it
        server = (await find_client(parts.engine, parts.settings.application, parts.compose.project)).server
    return Stopped(services=await switch.stop(parts, journey.tell, but=server.id if server else None))
