"""One look at what is on probation: containers, what happened to them, their logs, the health endpoint."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from pipeline.containers.between import happened, matching
from pipeline.containers.container import Container, by_service
from pipeline.model.errors import PipelineError
from pipeline.model.probation import Response, Sample, Seen, short_image
from pipeline.project.application import Application
from pipeline.smoke import SmokeConfig, ask_health, tells_of_errors
from pipeline.stages.inside import ways
from pipeline.stages.journey import Hands
from pipeline.stages.live import containers, labels

LOOK_SECONDS = 10.0
"""Docker answers in less; where it does not, nothing is known of what runs."""

_HEALTH_SECONDS = 5.0
_SLACK_SECONDS = 1.0  # waiting that takes longer than its limit by more: this process was kept from running
_SHOWN = 200


async def look(hands: Hands, app: Application, since: datetime) -> Sample:
    """What is so now, and what happened since that moment. What cannot be seen is told in `unknown`."""
    at = hands.clock()
    async with asyncio.TaskGroup() as group:
        asking = group.create_task(answered(hands, app))
        listing = group.create_task(_containers(hands))
    found, response = listing.result(), asking.result()
    if isinstance(found, str):
        return Sample(at=at, unknown=found)
    sample = Sample(at=at, services=seen_of(found), response=response)
    return await _with_what_happened(hands, app, sample, found, since)


async def _containers(hands: Hands) -> list[Container] | str:
    """Or why they cannot be seen."""
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            return await containers(hands)
    except TimeoutError:
        return f"Docker did not answer within {LOOK_SECONDS:g} s"
    except PipelineError as error:
        return hands.redact(error.what).rstrip(".")


def seen_of(found: Sequence[Container]) -> dict[str, Seen]:
    """By service. Of several containers of one the worst tells how it is, with the restarts of all of them
    and the newest start."""
    return {service: _seen(here) for service, here in by_service(found).items()}


def _seen(here: Sequence[Container]) -> Seen:
    worst = min(here, key=_standing)
    return Seen(
        running=worst.running,
        health=worst.health,
        restarts=sum(container.restarts for container in here),
        started_at=max((c.started_at for c in here if c.started_at is not None), default=None),
        exit_code=worst.exit_code,
        image=short_image(worst.image),
    )


def _standing(container: Container) -> int:
    """The lower the worse: ended with an error or about to be restarted, ended, unhealthy, without an answer
    yet, well."""
    if not container.running:
        return 1 if container.exit_code == 0 else 0
    return {"unhealthy": 2, "starting": 3}.get(container.health or "", 4)


async def answered(hands: Hands, app: Application) -> Response | None:
    """None where the project has no health endpoint, or where this process was too slow to tell."""
    wanted = app.section.smoke.health
    config = SmokeConfig(section=app.section.smoke, timeout=_HEALTH_SECONDS, disk=hands.settings.state_dir)
    limit = config.seconds(wanted.within_ms if wanted else None)
    began = time.monotonic()
    found = await ask_health(config, hands.settings.api_url, ways(hands, app))
    if found is None:
        return None
    judged, ms = found
    if not judged.ok and time.monotonic() - began > limit + _SLACK_SECONDS:
        return None
    said = "" if judged.ok else hands.redact(judged.figure)
    return Response(ok=judged.ok, ms=ms, said=said[:_SHOWN])


async def _with_what_happened(
    hands: Hands, app: Application, sample: Sample, found: list[Container], since: datetime
) -> Sample:
    """What cannot be read of it is left out: it alone is no reason not to know how the services are."""
    matches = tells_of_errors(app.section.smoke.logs)
    count, first = 0, ""
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            news = await happened(hands.engine, labels(hands), since, sample.at)
            for container in found:
                lines = await matching(hands.engine, container.id, since, sample.at, matches, hands.redact)
                count, first = count + lines.count, first or lines.first
    except (PipelineError, TimeoutError):
        return sample
    errors = None if "logs" in app.section.smoke.skip else count
    return Sample(
        at=sample.at,
        services=sample.services,
        response=sample.response,
        oom=dict(Counter(news.oom)),
        flaps=dict(Counter(news.unhealthy)),
        stopped=sorted(set(news.stopped)),
        errors=errors,
        error=first.strip()[:_SHOWN] if errors else "",
    )
