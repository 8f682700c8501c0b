"""Trial: the release to go back to is started on a copy of the data, where it reaches nothing else."""

from __future__ import annotations

from pipeline.model.errors import StageFailed
from pipeline.model.results import Tried
from pipeline.stages.journey import Journey


async def run(journey: Journey) -> Tried:
    raise StageFailed(
        f"Release {(await journey.goal()).id} cannot be tried on a copy by this version.",
        advice="Install one that can.",
    )
