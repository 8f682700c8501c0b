"""Hand over: the worker lets go of a run that is about to replace it, a container of the release takes it.

The worker makes both containers and waits until their processes have reached Docker and the journal: until
then nothing was touched and a failure leaves it so. Then the journal says that the run is theirs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from pipeline.model.errors import PipelineError, StageFailed, StaleEpoch
from pipeline.model.hand_over import ONE_OFFS, Carrier, HandOver, OneOff
from pipeline.model.release import Release
from pipeline.model.results import HandedOver
from pipeline.stages import carriers
from pipeline.stages.journey import Journey
from pipeline.stages.resolved import read
from pipeline.store.hand_overs import Switching
from pipeline.store.migration import newest

CREATING = "creating"
"""The mark that is left before the containers are made; it holds their names and images."""

ELSEWHERE_SECONDS = 900.0
"""How long runs of other projects may keep the hand-over waiting: they would be cut in their switch."""

READY_SECONDS = 90.0
RESTARTS_MOST = 2
"""How often Docker may start the hand-over again before it is up."""

_LOOK_SECONDS = 0.5
_LOG_LINES = 30
_WORKER = "worker"


class LetGo(StaleEpoch):
    """The run is the hand-over's from now on."""


async def run(journey: Journey) -> HandedOver:
    """Raises LetGo where it went well in the worker; the hand-over's own try of it gives the result."""
    store = journey.parts.store.hand_overs
    row = await store.of(journey.run.id)
    if journey.parts.carrier is Carrier.HAND_OVER and row is not None:
        return HandedOver(
            before=row.schema_before,
            after=await store.schema_number(),
            stopped=list(journey.parts.stopped),
        )
    await once_nobody_switches(journey, lambda: store.elsewhere(journey.run.id))
    row = await _intend(journey)
    await _ready(journey, row)
    # Since then another run may have begun its switch.
    await once_nobody_switches(journey, lambda: store.let_go(*journey.fence))
    raise LetGo(journey.run.id, journey.run.epoch)


async def once_nobody_switches(journey: Journey, look: Callable[[], Awaitable[Sequence[Switching]]]) -> None:
    """Until `look` finds no run of another project in its switch. Raises StageFailed where there is one for
    too long, and what `look` raises."""
    until = asyncio.get_running_loop().time() + ELSEWHERE_SECONDS
    waits_for: Switching | None = None
    async with journey.parts.store.news.subscribe() as news:
        while there := await look():
            first = there[0]
            which = f"run {first.run} ({first.kind} of {first.project})"
            if asyncio.get_running_loop().time() >= until:
                raise StageFailed(
                    f"For {ELSEWHERE_SECONDS / 60:g} minutes runs of other projects were in their switch, now"
                    f" {which}: the worker is not replaced beside them.",
                    advice="See how that run ends, then ask again.",
                )
            if first != waits_for:
                journey.tell(f"waits for {which}, which is in its switch")
                waits_for = first
            await news.wait()


async def _intend(journey: Journey) -> HandOver:
    parts, run = journey.parts, journey.run
    goal, live = await journey.goal(), journey.live
    if live is None:
        raise StageFailed(
            "The journal knows no live release of the controller, so nothing could bring it back.",
            advice="See that bot and worker run in the group that DEPLOYMENT_GROUP names, then ask again.",
        )
    newer = goal if not run.kind.goes_back else live  # of two releases, the one that knows the schema
    one_offs = {
        Carrier.GUARD: await _one_off(journey, live),
        Carrier.HAND_OVER: await _one_off(journey, newer),
        Carrier.WORKER: await _one_off(journey, newer),
    }
    names = {str(carrier): carriers.name_of(parts, run.id, carrier) for carrier in ONE_OFFS}
    images = {f"{carrier}-image": one.image for carrier, one in one_offs.items()}
    schema = await parts.store.hand_overs.schema_number()
    await journey.mark(CREATING, **names, **images, schema=str(schema))
    asked, code = run.requested_at.isoformat(), newest()
    await parts.store.hand_overs.begin(*journey.fence, one_offs, asked=asked, schema=schema, code=code)
    row = await parts.store.hand_overs.of(run.id)
    if row is None:
        raise LookupError(f"the hand-over of run {run.id} is gone")
    return row


async def _one_off(journey: Journey, release: Release) -> OneOff:
    """Raises StageFailed where the release has no worker."""
    app = await read(journey.parts, release.kept_compose_file)
    found = next((one.name for one in app.services if _WORKER in (one.label, one.name)), None)
    if found is None or found not in release.images:
        raise StageFailed(
            f"Release {release.short_sha} has no service that is its worker: none of"
            f" {', '.join(app.names)} has the label deployment.service={_WORKER}.",
            advice="Label the worker so in the controller's compose file, push, and deploy again.",
        )
    return OneOff(service=found, image=release.images[found], compose_file=str(release.kept_compose_file))


async def _ready(journey: Journey, row: HandOver) -> None:
    """Raises StageFailed where one of them does not come up; both are then removed with the run's end."""
    parts = journey.parts
    for carrier in ONE_OFFS:
        journey.tell(f"starting {carriers.name_of(parts, row.run, carrier)}")
        await carriers.bring_up(parts, row, carrier)
    until = asyncio.get_running_loop().time() + READY_SECONDS
    waiting: set[Carrier] = set(ONE_OFFS)
    while waiting := waiting - (await _heard(journey)):
        if asyncio.get_running_loop().time() >= until:
            raise await _silent(journey, min(waiting))
        alive = await carriers.look(parts, row.run)
        dead = {Carrier.HAND_OVER} if alive.restarts > RESTARTS_MOST else waiting - alive.those
        if dead:
            raise await _silent(journey, min(dead))
        journey.tell(f"waits for {' and '.join(sorted(waiting))} to reach Docker and the journal")
        await parts.sleep(_LOOK_SECONDS)


async def _heard(journey: Journey) -> frozenset[Carrier]:
    row = await journey.parts.store.hand_overs.of(journey.run.id)
    return row.ready if row else frozenset()


async def _silent(journey: Journey, carrier: Carrier) -> PipelineError:
    words = await carriers.last_words(journey.parts, journey.run.id, carrier, _LOG_LINES)
    which = "new" if carrier is Carrier.HAND_OVER and not journey.run.kind.goes_back else "live"
    return StageFailed(
        f"A container of the {which} version did not come to reach Docker and the journal:"
        f" {carriers.name_of(journey.parts, journey.run.id, carrier)}.",
        advice="See its last lines; mend it, push, and deploy again.",
        log="\n".join(words),
    )
