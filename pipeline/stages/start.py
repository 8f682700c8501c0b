"""Start: compose runs the release from exactly the images that were approved."""

from __future__ import annotations

from pipeline.model.results import Started
from pipeline.stages import switch
from pipeline.stages.journey import Journey


async def run(journey: Journey) -> Started:
    goal = await journey.goal()
    journey.tell(f"starting {goal.short_sha}")
    await switch.start(journey.parts, goal, goal.images)
    return Started(images=goal.images)
