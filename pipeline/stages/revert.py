"""Revert: the release that was live when the run began comes back, with its own compose file."""

from __future__ import annotations

from pipeline.model.errors import StageFailed
from pipeline.model.results import Reverted
from pipeline.stages import switch
from pipeline.stages.journey import Journey
from pipeline.stages.live import images, settle_tags
from pipeline.stages.resolved import read

DOWN = "Production is down or in an unknown state."


async def run(journey: Journey) -> Reverted:
    parts, live = journey.parts, journey.live
    if live is None:
        raise StageFailed(
            "There is no release to go back to: nothing was live when the run began.",
            production=DOWN,
            advice="Mend what failed and deploy again.",
        )
    app = await read(parts, live.kept_compose_file)
    staying = {service.name for service in app.services if not service.rollback_enabled}
    serving = await images(parts)
    pinned = {
        name: serving.get(name, image) if name in staying else image for name, image in live.images.items()
    }
    journey.tell(f"bringing {live.short_sha} back")
    await switch.start(parts, live, pinned)
    await switch.wait(parts, app, journey.tell)
    checks = (await switch.check(parts, app, journey.tell)).checks
    await settle_tags(parts, journey.project.id)
    return Reverted(release_id=live.id, checks=checks)
