"""Proof: a bot and a worker of this program that were just started show that they work."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from pipeline.containers.engine import Container
from pipeline.model.errors import StageFailed
from pipeline.model.release import Release
from pipeline.model.results import CheckLine, Smoked
from pipeline.model.run import Run
from pipeline.project.application import Application
from pipeline.smoke.own import url
from pipeline.smoke.pair import Pair, judge_pair
from pipeline.stages import switch
from pipeline.stages.inside import ways
from pipeline.stages.journey import Journey, Parts
from pipeline.stages.live import containers
from pipeline.stages.of_itself import mended
from pipeline.stages.resolved import read
from pipeline.stages.switch import IN_BETWEEN, Tell, told
from pipeline.version import host_named
from pipeline.wording.so_far import so_far

_HEALTH = "/health"
_ANSWER_SECONDS = 5.0
_LOOK_SECONDS = 1.0
_LEAST_SHARE = 3
"""However long the pair has run, it has a third of DEPLOYMENT_TIMEOUT from the first look."""

_LOG_LINES = 15
_CHECK_SECONDS = 15.0


async def prove(journey: Journey) -> Smoked:
    """The release that the run puts in place, within DEPLOYMENT_TIMEOUT of its start, and the checks that
    x-pipeline-controller wants besides. Raises StageFailed that names what did not come."""
    return await prove_release(journey.parts, journey.run, await journey.goal(), journey.tell)


async def prove_release(parts: Parts, run: Run, release: Release, tell: Tell) -> Smoked:
    """The same of any release whose containers have been started. `tell` changes the run's card with each
    look, so that there is something for the new bot to edit."""
    app = await read(parts, release.kept_compose_file)
    asking = ways(parts, app)
    seconds = parts.settings.deployment_timeout
    began, looks = parts.clock(), 0
    while True:
        found = await containers(parts)
        until = _until(found, began, seconds)
        looks += 1
        pair = Pair(
            sha=release.sha,
            hosts=frozenset(host_named(c.hostname) for c in found if c.running and c.hostname),
            health=await asking.get(url(parts.settings.api_url.rstrip("/"), _HEALTH), _ANSWER_SECONDS),
            processes=await parts.store.processes.all(),
            observed=await parts.store.processes.observed(),
            written=await parts.store.cards.written("run", run.id),
        )
        lines = [_without_secrets(parts, line) for line in judge_pair(pair)]
        missing = [line for line in lines if not line.ok]
        if not missing:
            break
        now = parts.clock()
        dead = [c.service or c.name for c in found if switch.is_dead(c)]
        if now >= until or dead:
            spent = f"{', '.join(dead)} ended" if dead else f"{seconds:g} s were not enough"
            raise await _unproven(parts, found, missing, spent)
        far = f"{len(lines) - len(missing)} of {len(lines)} proven"
        left = f"{(until - now).total_seconds():.0f} s left"
        tell(so_far(far, f"waiting for {', '.join(line.name for line in missing)}; {left}"))
        await parts.sleep(_LOOK_SECONDS)
    checked = await _checked(parts, run, app, tell, until)
    return Smoked(checks=[*lines, *checked.checks], attempts=max(looks, checked.attempts))


def _until(found: Sequence[Container], began: datetime, seconds: float) -> datetime:
    """Until when proof is waited for: DEPLOYMENT_TIMEOUT from the start of the pair, which it has in all."""
    started = max((c.started_at for c in found if c.started_at), default=began)
    least = began + timedelta(seconds=seconds / _LEAST_SHARE)
    return min(max(started + timedelta(seconds=seconds), least), began + timedelta(seconds=seconds))


def _without_secrets(parts: Parts, line: CheckLine) -> CheckLine:
    return replace(line, figure=parts.redact(line.figure), detail=parts.redact(line.detail))


async def _checked(parts: Parts, run: Run, app: Application, tell: Tell, until: datetime) -> Smoked:
    """The checks of x-pipeline-controller, in what is left of the time, but once at least."""
    left = (until - parts.clock()).total_seconds()
    counted = mended(parts) if run.kind.goes_back else switch.every_one
    try:
        async with asyncio.timeout(max(left, _CHECK_SECONDS)):
            return await switch.check(parts, app, tell, but=counted)
    except TimeoutError:
        raise StageFailed(
            "The new controller proved itself, but its checks did not come to an end in time.",
            production=IN_BETWEEN,
            advice="See x-pipeline-controller.smoke for a check that hangs, or raise DEPLOYMENT_TIMEOUT.",
        ) from None


async def _unproven(
    parts: Parts, found: Sequence[Container], missing: Sequence[CheckLine], spent: str
) -> StageFailed:
    """With what did not come, and the last lines of each container; a card has room for the very last, so
    those of the one that gave less proof come at the end."""
    said = [told(line) for line in missing]
    of_worker = sum(line.name.startswith("worker") for line in missing)
    last = "worker" if 2 * of_worker > len(missing) else "bot"
    for container in sorted(found, key=lambda c: (last in (c.label, c.service), c.service or c.name)):
        lines = await parts.engine.logs(container.id, tail=_LOG_LINES)
        said += [f"Last lines of {container.service or container.name}:", *(lines or ["(none)"])]
    names = ", ".join(line.name for line in missing)
    return StageFailed(
        f"The new controller gave no proof of {names}: {spent}.",
        production=IN_BETWEEN,
        advice="See what did not come, and the last lines below; mend it, push, and deploy again.",
        log=parts.redact("\n".join(said)),
    )
