"""The databases that restores of this project left beside the live one. A name tells the number of a run, and
the journal whether that was a restore which came so far: whatever else has such a name is somebody else's.
"""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.database.names import kept_by, kept_name, prepared_by, prepared_name
from pipeline.database.restore import databases
from pipeline.model.errors import StageFailed
from pipeline.model.release import RunId
from pipeline.model.run import RunView
from pipeline.model.states import StageName
from pipeline.stages.journey import Journey


async def kept(journey: Journey) -> dict[RunId, str]:
    """Those of before restores by run, the newest first."""
    there = kept_by(journey.parts.settings.db_name, await _there(journey))
    return await _of_restores(journey, there, StageName.SWAP)


async def left(journey: Journey) -> list[str]:
    """Those of before, and the copies."""
    name, there = journey.parts.settings.db_name, await _there(journey)
    before = await _of_restores(journey, kept_by(name, there), StageName.SWAP)
    copies = await _of_restores(journey, prepared_by(name, there), StageName.PREPARE)
    return [*before.values(), *copies.values()]


async def of_others(journey: Journey) -> list[str]:
    """Those that are named like kept ones, and are of no restore that the journal knows."""
    there = kept_by(journey.parts.settings.db_name, await _there(journey))
    ours = await _of_restores(journey, there, StageName.SWAP)
    return [name for run, name in there.items() if run not in ours]


async def see_free(journey: Journey) -> None:
    """The names that this run gives its databases must be free. Raises StageFailed."""
    name, run = journey.parts.settings.db_name, journey.run.id
    wanted = [kept_name(name, run)]
    if not began(await journey.parts.store.runs.view(run), StageName.PREPARE):
        wanted.append(prepared_name(name, run))
    there = await _there(journey)
    for each in wanted:
        if each in there:
            raise StageFailed(
                f"There is a database {each} already, a name that this run would use: a restore of another"
                " journal left it, or somebody made it.",
                advice=f"Look at {each}; rename it, or remove it if nothing wants it. Then ask again.",
            )


def began(view: RunView, stage: StageName) -> bool:
    """Whether a try of the stage was ever begun."""
    row = view.stage(stage)
    return row is not None and row.started_at is not None


async def _there(journey: Journey) -> set[str]:
    return await databases(journey.parts.settings.journal)


async def _of_restores(journey: Journey, found: Mapping[int, str], stage: StageName) -> dict[RunId, str]:
    """`stage` makes or names them."""
    runs = await journey.parts.store.runs.restores_among(journey.project.id, found, stage)
    return {RunId(run): name for run, name in found.items() if run in runs}
