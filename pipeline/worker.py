"""The worker: takes requested runs and carries them out, and tells what it sees of production."""

from __future__ import annotations

import asyncio
import contextlib
import platform
from collections.abc import Coroutine
from typing import Any

import structlog

from pipeline.cancelling import end, pass_on_cancellation
from pipeline.containers.events import container_events
from pipeline.engine.drive import drive
from pipeline.engine.lock import hold
from pipeline.model.errors import PipelineError, StaleEpoch
from pipeline.model.release import Observation, Project
from pipeline.parts import assemble, check_branch
from pipeline.probe import measure
from pipeline.settings import WorkerSettings
from pipeline.source import RemoteUnreachable
from pipeline.stages.journey import Parts
from pipeline.stages.live import containers
from pipeline.store.connect import LOST

OBSERVE_SECONDS = 10.0
_RETRY_SECONDS = 2.0
_RETRY_MOST = 60.0

log = structlog.get_logger()


async def work(settings: WorkerSettings) -> None:
    """Runs until cancelled; a run under way is then parked in the journal for the next start.

    Raises ConfigurationError before anything starts, EngineUnreachable and JournalUnreachable when
    a helper is away at the start.
    """
    async with assemble(settings) as parts:
        try:
            await check_branch(parts)
        except RemoteUnreachable as error:
            log.warning("remote_unreachable", problem=error.what)
        project = await parts.store.releases.project(
            settings.project_name, settings.git_url, settings.git_branch
        )
        log.info("worker_ready", project=project.name, compose=str(parts.compose.directory))
        async with asyncio.TaskGroup() as group:
            group.create_task(_observe(parts, project), name="observe")
            group.create_task(_act(parts, project), name="act")


async def _act(parts: Parts, project: Project) -> None:
    """Carries out one run after the other, as long as this process holds the executor's lock."""
    delay = _RETRY_SECONDS
    while True:
        try:
            async with hold(parts.settings.journal) as lost:
                await _until(lost, _take_runs(parts, project))
            delay = _RETRY_SECONDS
        except (PipelineError, *LOST) as error:
            pass_on_cancellation()
            log.warning("worker_waits", problem=str(error), seconds=delay)
            await asyncio.sleep(delay)
            delay = min(delay * 2, _RETRY_MOST)


async def _until(lost: asyncio.Event, acting: Coroutine[Any, Any, None]) -> None:
    """Acts until the lock is lost; what is under way is then broken off, for another may act now."""
    act = asyncio.create_task(acting)
    losing = asyncio.create_task(lost.wait())
    try:
        await asyncio.wait({act, losing}, return_when=asyncio.FIRST_COMPLETED)
        if act.done():
            act.result()
    finally:
        await end([act, losing])


async def _take_runs(parts: Parts, project: Project) -> None:
    async with parts.store.news.subscribe() as news:
        while True:
            run = await parts.store.runs.active(project.id)
            if run is None:
                await news.wait()
                continue
            try:
                await drive(parts, run.id)
            except StaleEpoch as error:
                log.warning("run_taken_over", run=run.id, problem=error.what)


async def _observe(parts: Parts, project: Project) -> None:
    """Tells the journal what serves, at each container event and every ten seconds."""
    while True:
        async with container_events([f"com.docker.compose.project={parts.compose.project}"]) as news:
            for _ in range(60):
                try:
                    await parts.store.releases.observe(project.id, await look(parts))
                except LOST as error:
                    pass_on_cancellation()
                    log.warning("observation_not_told", problem=str(error))
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(OBSERVE_SECONDS):
                        await news.wait()
                news.clear()


async def look(parts: Parts) -> Observation:
    """What the worker sees now; what it could not see is told in `problem`."""
    try:
        services = [container.state() for container in await containers(parts)]
        problem = None
    except PipelineError as error:
        services, problem = [], error.what
    room = await asyncio.to_thread(measure, parts.layout.state_dir)
    return Observation(
        at=parts.clock(),
        worker=platform.node(),
        services=services,
        disk_free=room.disk_free_ratio,
        memory_available=room.memory_available_ratio,
        problem=problem,
    )
