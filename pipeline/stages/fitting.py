"""Whether a plan still fits what is there: watched while it waits, and looked at again after the answer."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping

import structlog

from pipeline.cancelling import end, pass_on_cancellation
from pipeline.containers.events import container_events
from pipeline.model.errors import PipelineError, PlanSuperseded, PlanVoided
from pipeline.model.plan import Plan
from pipeline.model.push import PushId
from pipeline.model.results import Pulled
from pipeline.model.states import Source, StageName
from pipeline.stages import restoring
from pipeline.stages.journey import Journey
from pipeline.stages.live import images
from pipeline.stages.resolved import pinned_hash
from pipeline.store.connect import LOST
from pipeline.store.remote_moved import REMOTE_MOVED

SLOW_SECONDS = 30.0
"""How often everything is looked at anew, for news can be lost and a file tells nothing when it changes."""

_SETTLING_SECONDS = 2.0  # a container that is made anew is gone for a moment
_STREAM_LOOKS = 10
_ID = 12

log = structlog.get_logger()


async def still_fits(journey: Journey, plan: Plan) -> None:
    """Raises PlanVoided where production, the branch or the compose file moved since the plan was made."""
    journey.tell("checking that nothing moved")
    await _production(journey, plan)
    await _branch(journey)
    await _compose_file(journey, plan)


async def no_longer_fits(journey: Journey, plan: Plan) -> PlanVoided:
    """Returns once the plan does not fit any more, with what changed. What cannot be looked at for a while,
    such as a remote that is away, is looked at later."""
    watches = [
        asyncio.create_task(_watch_production(journey, plan), name="watch-production"),
        asyncio.create_task(_watch_branch(journey), name="watch-branch"),
    ]
    try:
        done, _ = await asyncio.wait(watches, return_when=asyncio.FIRST_COMPLETED)
        return done.pop().result()
    finally:
        await end(watches)


async def _production(journey: Journey, plan: Plan) -> None:
    """Raises PlanVoided."""
    parts = journey.parts
    serving, planned = await images(parts), plan.live.images if plan.live else {}
    if serving != planned:
        raise PlanVoided(
            f"Production changed since the plan was made, other images serve: {differing(planned, serving)}."
        )
    if plan.restore:
        await restoring.still_there(journey, plan.restore)
    goal = await journey.goal()
    gone = [name for name, image in sorted(goal.images.items()) if await parts.engine.image(image) is None]
    if gone:
        lost = ", ".join(f"{name} ({_short(goal.images[name])})" for name in gone)
        raise PlanVoided(f"An image is gone since the plan was made: that of {lost}.")


async def _compose_file(journey: Journey, plan: Plan) -> None:
    """Raises PlanVoided."""
    goal = await journey.goal()
    now = await pinned_hash(journey.parts, goal.kept_compose_file, goal.images)
    if now != plan.goal.compose_hash:
        raise PlanVoided(
            "The compose file or its environment changed since the plan was made: its hash was"
            f" {(plan.goal.compose_hash or 'none')[:_ID]} and is {now[:_ID]}."
        )


async def _branch(journey: Journey) -> None:
    """Raises PlanSuperseded, and PlanVoided where there is no such branch any more."""
    branch = followed(journey)
    if branch is None:
        return
    planned, tip = journey.result(StageName.PULL, Pulled).sha, await journey.parts.source.tip(branch)
    if tip is None:
        raise PlanVoided(f"Branch {branch} is gone since the plan was made; it was at {planned[:7]}.")
    if tip != planned:
        raise PlanSuperseded(branch, planned, tip)


async def _watch_production(journey: Journey, plan: Plan) -> PlanVoided:
    """At each container event, and slowly besides; the compose file only slowly: compose takes half a second
    of a processor each time."""
    label = f"com.docker.compose.project={journey.parts.compose.project}"
    while True:
        async with container_events([label]) as events:
            for _ in range(_STREAM_LOOKS):
                if moved := await _found(lambda: _compose_file(journey, plan)):
                    return moved
                waits = True
                while waits:
                    if moved := await _settled(journey, plan):
                        return moved
                    waits = await _set_within(events, SLOW_SECONDS)


async def _settled(journey: Journey, plan: Plan) -> PlanVoided | None:
    """What changed in production, where it is so for more than a moment."""
    if await _found(lambda: _production(journey, plan)) is None:
        return None
    await journey.parts.sleep(_SETTLING_SECONDS)
    return await _found(lambda: _production(journey, plan))


async def _watch_branch(journey: Journey) -> PlanVoided:
    """When a hook tells of a push, when one is noticed by the bot, and slowly besides."""
    stirred = asyncio.Event()
    store = journey.parts.store
    async with store.news.subscribe(REMOTE_MOVED) as hints, store.news.subscribe() as news:

        async def hear_hints() -> None:
            while True:
                if await hints.wait():
                    stirred.set()

        async def hear_pushes() -> None:
            known = await _newest_push(journey)
            while True:
                await news.wait()
                if (newest := await _newest_push(journey)) != known:
                    known = newest
                    stirred.set()

        listening = [asyncio.create_task(hear_hints()), asyncio.create_task(hear_pushes())]
        try:
            while True:
                if moved := await _found(lambda: _branch(journey)):
                    return moved
                await _set_within(stirred, SLOW_SECONDS)
        finally:
            await end(listening)


async def _newest_push(journey: Journey) -> PushId | None:
    """None where there is none, or the journal is away."""
    branch = followed(journey)
    if branch is None:
        return None
    try:
        newest = await journey.parts.store.pushes.newest(journey.project.id, branch)
    except LOST as error:
        pass_on_cancellation()
        log.warning("pushes_not_read", problem=str(error))
        return None
    return newest.id if newest else None


async def _found(look: Callable[[], Awaitable[None]]) -> PlanVoided | None:
    try:
        await look()
    except PlanVoided as moved:
        return moved
    except (PipelineError, *LOST) as error:
        pass_on_cancellation()
        log.warning("plan_not_looked_at", problem=str(error))
    return None


async def _set_within(event: asyncio.Event, seconds: float) -> bool:
    """Waits for the event and clears it; whether it came."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    came = event.is_set()
    event.clear()
    return came


def followed(journey: Journey) -> str | None:
    """The branch whose tip the run is about; None where Master named a SHA, which no push makes stale."""
    pulled = journey.found(StageName.PULL, Pulled)
    if pulled is None:
        return None
    named = journey.run.target not in (None, pulled.branch) and journey.run.source is not Source.PUSH
    return None if named else pulled.branch


def differing(planned: Mapping[str, str], serving: Mapping[str, str]) -> str:
    """Such as `app was 1a2b3c4d5e6f and is 9f8e7d6c5b4a, queue was 77aa… and is gone`, by service."""
    names = [name for name in sorted({*planned, *serving}) if planned.get(name) != serving.get(name)]
    return ", ".join(
        f"{name} was {_short(planned.get(name)) or 'not there'} and is {_short(serving.get(name)) or 'gone'}"
        for name in names
    )


def _short(image: str | None) -> str:
    return (image or "").removeprefix("sha256:")[:_ID]
