"""The one-off containers that runs made through compose and that still run."""

from __future__ import annotations

import re

from pipeline.containers.engine import RUN_LABEL, Container
from pipeline.stages.journey import Hands


async def made_by_runs(hands: Hands, kinds: str = ".+") -> list[Container]:
    """Those of the compose project, whichever project's run it was. `kinds` is a pattern of what stands
    behind the run's number in the name.

    Labels do not tell: an image that a run built hands the run's label on to all that is made from it, such
    as the container in which a person runs this command.
    """
    labels = [
        f"com.docker.compose.project={hands.compose.project}",
        "com.docker.compose.oneoff=True",
        RUN_LABEL,
    ]
    named = re.compile(rf"{re.escape(hands.compose.project)}-run-\d+-(?:{kinds})")
    found = await hands.engine.containers(labels, everything=False)
    return [c for c in found if c.running and named.fullmatch(c.name)]
