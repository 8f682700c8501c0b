"""Revert: the release that was live when the run began comes back, with its own compose file."""

from __future__ import annotations

from pipeline.database.client import find_client
from pipeline.model.errors import StageFailed
from pipeline.model.release import Release
from pipeline.model.results import Reverted
from pipeline.project.application import Application
from pipeline.stages import switch
from pipeline.stages.journey import Hands, Journey
from pipeline.stages.live import images, settle_tags
from pipeline.stages.moved import note_schema
from pipeline.stages.of_itself import mended
from pipeline.stages.resolved import read
from pipeline.stages.swap import put_back
from pipeline.stages.undo import up_again

DOWN = "Production is down or in an unknown state."


async def run(journey: Journey) -> Reverted:
    parts, live = journey.parts, journey.live
    if live is None:
        raise StageFailed(
            "There is no release to go back to: nothing was live when the run began.",
            production=DOWN,
            advice="Mend what failed and deploy again.",
        )
    if journey.run.kind.swaps:
        await _data_back(journey)
    up_to = await up_again(journey)
    app = await start_again(parts, live, journey.tell)
    await switch.wait(parts, app, journey.tell)
    checks = (
        await switch.check(parts, app, journey.tell, without=switch.OF_THE_MACHINE, but=mended(parts))
    ).checks
    await settle_tags(parts, journey.project.id)
    await note_schema(journey)
    return Reverted(release_id=live.id, checks=checks, up_to=up_to)


async def _data_back(journey: Journey) -> None:
    """Nobody writes while the databases change places again."""
    parts = journey.parts
    server = (await find_client(parts.engine, parts.settings.application, parts.database_project)).server
    await switch.stop(parts, journey.tell, but=server.id if server else None)
    await put_back(journey)


async def start_again(hands: Hands, live: Release, tell: switch.Tell) -> Application:
    """Starts what served before; services that are not to go back stay on what they run."""
    app = await read(hands, live.kept_compose_file)
    staying = {service.name for service in app.services if not service.rollback_enabled}
    serving = await images(hands)
    pinned = {
        name: serving.get(name, image) if name in staying else image for name, image in live.images.items()
    }
    tell(f"bringing {live.short_sha} back")
    await switch.start(hands, live, pinned)
    return app
