"""Smoke: the eight checks against the release that has just been started; of this program itself, proof."""

from __future__ import annotations

from pipeline.model.results import Smoked
from pipeline.of_project import CONTROLLER
from pipeline.stages import switch
from pipeline.stages.journey import Journey
from pipeline.stages.proof import prove
from pipeline.stages.resolved import read


async def run(journey: Journey) -> Smoked:
    if journey.parts.settings.project_name == CONTROLLER:
        return await prove(journey)
    goal = await journey.goal()
    app = await read(journey.parts, goal.kept_compose_file)
    return await switch.check(journey.parts, app, journey.tell)
