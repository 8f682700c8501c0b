"""Stop: the services of the group, each with its own signal and grace period."""

from __future__ import annotations

from pipeline.database.client import find_client
from pipeline.model.results import Stopped, Tagged
from pipeline.model.states import StageName
from pipeline.stages import switch
from pipeline.stages.journey import Journey


async def run(journey: Journey) -> Stopped:
    parts, server = journey.parts, None
    tagged = journey.found(StageName.TAG, Tagged)
    if journey.run.kind.swaps or (tagged and tagged.down_to):  # the database's server is still needed
        server = (await find_client(parts.engine, parts.settings.application, parts.database_project)).server
    return Stopped(services=await switch.stop(parts, journey.tell, but=server.id if server else None))
