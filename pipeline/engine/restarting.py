"""Restarts a service that somebody asked for in the chat: no run, but never beside one."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from functools import partial

import structlog

from pipeline.cancelling import pass_on_cancellation
from pipeline.containers.container import Container
from pipeline.containers.events import container_events
from pipeline.containers.restart import restart
from pipeline.engine.of_service import no_service, of_service
from pipeline.model.errors import PipelineError
from pipeline.model.inquiry import Inquiry, NotFound, Restarted, RestartWanted
from pipeline.model.release import ProjectId
from pipeline.stages.journey import Hands, Parts
from pipeline.stages.live import containers
from pipeline.stages.switch import well
from pipeline.store.connect import LOST

RESTART_SECONDS = 60.0
"""Less than the bot waits, so that it hears what went wrong."""

_LOOK_SECONDS = 1.0
_DEAD_LOOKS = 3
_STARTUP_MOST = 20.0

log = structlog.get_logger()


async def carry_out(parts: Parts, inquiry: Inquiry, wanted: RestartWanted) -> None:
    """Who wanted it, of which service, and what came of it, is in the audit log."""
    note = partial(
        parts.store.audit.write,
        wanted.by,
        chat=inquiry.chat,
        service=wanted.service,
        alert=wanted.alert,
    )
    try:
        key = f"restart:{inquiry.id}"
        await note("restart", key=key)
        found = await restarted(parts, inquiry.project_id, wanted.service)
        said = found.said if isinstance(found, Restarted) else found.what
        done = "service restarted" if isinstance(found, Restarted) else "restart refused"
        await note(done, key=f"{key}:end", said=said)
        await parts.store.inquiries.answer(inquiry.id, found)
    except LOST as error:
        pass_on_cancellation()
        log.warning("restart_not_told", service=wanted.service, problem=str(error))
    except Exception:
        pass_on_cancellation()
        log.exception("restart_failed", service=wanted.service)


async def restarted(parts: Parts, project: ProjectId, service: str) -> Restarted | NotFound:
    """Within RESTART_SECONDS. The containers stay those of the live release."""
    run = await parts.store.runs.active(project)
    if run is not None:
        return NotFound(
            what=f"Nothing was restarted: run {run.id} ({run.kind}) is under way.",
            advice="Wait for its end, or call it off with /cancel; then ask again.",
        )
    try:
        async with asyncio.timeout(RESTART_SECONDS):
            return await _restart(parts, service)
    except TimeoutError:
        return Restarted(
            service=service, well=False, said=f"It was not well again within {RESTART_SECONDS:g} seconds."
        )
    except PipelineError as error:
        return NotFound(what=parts.redact(error.what), advice=error.advice)


async def _restart(hands: Hands, service: str) -> Restarted | NotFound:
    found = await containers(hands)
    chosen = of_service(found, service)
    if not chosen:
        return no_service(service, found)
    await asyncio.gather(*(restart(hands.engine, each.id) for each in chosen))
    ids, looks_dead = {each.id for each in chosen}, 0
    startup = min(hands.settings.startup_wait, _STARTUP_MOST)
    async with container_events([f"com.docker.compose.project={hands.compose.project}"]) as news:
        while True:
            now = hands.clock()  # before the look: what ended after it has not run until now
            seen = [each for each in await containers(hands) if each.id in ids]
            if seen and all(well(each, now, startup) for each in seen):
                return Restarted(service=service, well=True, said=_how(seen))
            looks_dead = 0 if seen and all(each.running for each in seen) else looks_dead + 1
            if looks_dead >= _DEAD_LOOKS:
                return Restarted(service=service, well=False, said=_how(seen))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_SECONDS):
                    await news.wait()
            news.clear()


def _how(seen: Sequence[Container]) -> str:
    ended = next((each for each in seen if not each.running), None)
    if not seen:
        return "Its container is gone."
    if ended is not None:
        return f"It ended again, with exit code {ended.exit_code}."
    return "It runs and is healthy." if any(each.health for each in seen) else "It runs again."
