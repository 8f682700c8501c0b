"""Swap: the prepared database takes the live one's name, which is kept under another. And the way back."""

from __future__ import annotations

import structlog

from pipeline.cancelling import pass_on_cancellation
from pipeline.database import restore
from pipeline.database.names import Places
from pipeline.model.errors import PipelineError, StageFailed
from pipeline.model.results import Prepared, Swapped
from pipeline.model.states import StageName
from pipeline.stages.aside import left
from pipeline.stages.journey import Journey
from pipeline.store.connect import LOST

_BETWEEN = "The application is stopped; its database is being put back."

log = structlog.get_logger()


def places(journey: Journey) -> Places:
    prepared = journey.result(StageName.PREPARE, Prepared)
    return Places(live=journey.parts.settings.db_name, source=prepared.database, aside=prepared.kept_as)


async def run(journey: Journey) -> Swapped:
    """Done again after a cut, it finds by the names what there is left to do."""
    names, admin = places(journey), journey.parts.settings.journal
    if not await _swapped(journey, names):
        journey.tell(f"{names.source} becomes {names.live}")
        await restore.swap(admin, names)
    await restore.open_up(admin, names.live)
    return Swapped(database=names.live, kept_as=names.aside)


async def put_back(journey: Journey) -> bool:
    """The database of before in its place again; whether it had been swapped."""
    names, admin = places(journey), journey.parts.settings.journal
    swapped = await _swapped(journey, names)
    if swapped:
        journey.tell(f"{names.aside} becomes {names.live} again")
        await restore.swap(admin, names.back)
    await restore.open_up(admin, names.live)
    return swapped


async def _swapped(journey: Journey, names: Places) -> bool:
    swapped = names.swapped(await restore.databases(journey.parts.settings.journal))
    if swapped is None:
        raise StageFailed(
            f"Of the databases {names.live}, {names.source} and {names.aside}, others are there than a"
            " restore leaves.",
            production=_BETWEEN,
            advice="See which one holds the data (psql -l), give it its name back, then start the"
            " application.",
        )
    return swapped


async def forget_older(journey: Journey) -> None:
    """The restore went well: of databases kept by earlier ones nothing is wanted any more. What cannot be
    removed stays, and changes nothing."""
    try:
        for each in await left(journey):
            if each != places(journey).aside:
                journey.tell(f"removing {each}, kept by an earlier restore")
                await restore.drop(journey.parts.settings.journal, each)
    except (PipelineError, *LOST) as error:
        pass_on_cancellation()
        log.warning("older_database_not_removed", run=journey.run.id, problem=str(error))
        journey.tell(f"not removed: {error}")
