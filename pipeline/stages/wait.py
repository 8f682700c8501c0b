"""Wait: until the release is healthy."""

from __future__ import annotations

from pipeline.model.results import Waited
from pipeline.stages import switch
from pipeline.stages.journey import Journey
from pipeline.stages.resolved import read


async def run(journey: Journey) -> Waited:
    goal = await journey.goal()
    app = await read(journey.parts, goal.kept_compose_file)
    return await switch.wait(journey.parts, app, journey.tell)
