"""Smoke: the eight checks against the release that has just been started."""

from __future__ import annotations

from pipeline.model.results import Smoked
from pipeline.stages import switch
from pipeline.stages.journey import Journey
from pipeline.stages.resolved import read


async def run(journey: Journey) -> Smoked:
    goal = await journey.goal()
    app = await read(journey.parts, goal.kept_compose_file)
    return await switch.check(journey.parts, app, journey.tell)
