"""One project served: its runs carried out, what is seen of it told, what the bot asks about it answered."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from functools import partial

import structlog

from pipeline.cancelling import pass_on_cancellation
from pipeline.containers.events import container_events
from pipeline.engine.answering import keep_answering
from pipeline.engine.catch_up import catch_up
from pipeline.engine.copying import Copying, copying
from pipeline.engine.drive import drive
from pipeline.engine.handing_over.stand_by import stand_by
from pipeline.engine.leftovers import sweep
from pipeline.engine.lock import Lock, hold, until_lost
from pipeline.engine.probation.watching import Pace, on_probation
from pipeline.engine.pruning import prune
from pipeline.engine.rotation import rotate
from pipeline.engine.tokens import Tokens, stats_address
from pipeline.model.alert import BRANCH, SERVING
from pipeline.model.errors import PipelineError, StaleEpoch
from pipeline.model.executor import Executor, Held
from pipeline.model.release import Observation, Project
from pipeline.model.states import RunState
from pipeline.probe import measure
from pipeline.process import inheriting
from pipeline.stages.journey import Hands, Parts
from pipeline.stages.live import containers
from pipeline.store.connect import LOST
from pipeline.told import told
from pipeline.version import own_host
from pipeline.watching.keep import keep_watching

OBSERVE_SECONDS = 10.0
LOOK_SECONDS = 20.0
"""With the time between two looks it is less than the silence that the bot takes for a dead worker."""

_RETRY_SECONDS = 2.0
_RETRY_MOST = 10.0
_STAND_BY_SECONDS = 0.5

log = structlog.get_logger()


async def serve(parts: Parts, *, probation: Pace, whole: bool) -> None:
    """Until cancelled. A run under way is then parked in the journal for the next start. With `whole` the
    watch tells what is not of one project, too: that is for one of them only."""
    settings = parts.settings
    project = await parts.store.releases.project(settings.project_name, settings.git_url, settings.git_branch)
    await parts.store.settings.tell(project.id, "worker", told(settings))
    for watcher in (SERVING, *((BRANCH,) if whole else ())):
        await parts.store.alerts.settle(project.id, watcher, [], parts.clock())
    log.info("worker_ready", project=project.name, compose=str(parts.compose.directory))
    async with asyncio.TaskGroup() as group:
        group.create_task(_observe(parts, project), name="observe")
        group.create_task(_act(parts, project, probation), name="act")
        group.create_task(keep_answering(parts, project.id), name="answer")
        group.create_task(keep_watching(parts, project, whole=whole), name="watch")


async def _act(parts: Parts, project: Project, probation: Pace) -> None:
    """Carries out one run after the other, as long as this process holds the executor's lock.

    While another one holds it this one stands by, and acts within half a second of that one's end.
    """
    delay = _RETRY_SECONDS
    holder: Executor | None = None
    while True:
        try:
            await stand_by(parts, project)
            async with hold(parts.layout.locks, project.name, "worker", parts.settings.journal) as lock:
                holder, delay = None, _RETRY_SECONDS
                for left in await sweep(parts, project):
                    log.info("leftover_removed", path=str(left))
                # Outside of `inheriting`: a copy that outlives us does not keep the next executor waiting.
                async with copying(_copying(parts, project)), on_probation(parts, project, probation):
                    with inheriting(lock.file.descriptor):
                        await until_lost(lock, catch_up(parts, project))
                        await until_lost(lock, _take_runs(parts, project, lock))
        except Held as error:
            if holder is None or replace(holder, doing=None) != replace(error.holder, doing=None):
                log.warning("another_executor_acts", holder=str(error.holder), waits_for="its end")
            holder = error.holder
            await asyncio.sleep(_STAND_BY_SECONDS)
        except (PipelineError, *LOST) as error:
            pass_on_cancellation()
            log.warning("worker_waits", problem=str(error), seconds=delay)
            await asyncio.sleep(delay)
            delay = min(delay * 2, _RETRY_MOST)


def _copying(parts: Parts, project: Project) -> Copying | None:
    to = parts.settings.copies_to
    if to is None:
        return None
    return Copying(
        store=parts.store,
        project=project,
        to=to,
        locks=parts.layout.locks,
        timeout=parts.settings.backup_timeout,
        redact=parts.redact,
    )


async def _take_runs(parts: Parts, project: Project, lock: Lock) -> None:
    """One after the other; what they leave is cleared away while none waits.

    Returns where one is handed over.
    """
    succeeded = ended = True  # what the process before this one left is cleared away, too
    async with parts.store.news.subscribe() as news:
        while True:
            run = await parts.store.runs.active(project.id)
            if run is None:
                if succeeded:
                    await prune(parts, project)
                if ended:
                    folder, policy = parts.layout.backups, parts.settings.retention
                    await rotate(parts.store.releases, project.id, folder, policy, parts.clock())
                succeeded = ended = False
                await news.wait()
                continue
            if await parts.store.hand_overs.under_way(project.id) is not None:
                return
            try:
                await drive(parts, run.id, lock)
                ended = True
                succeeded = (await parts.store.runs.get(run.id)).state is RunState.SUCCEEDED
            except StaleEpoch as error:
                log.warning("run_taken_over", run=run.id, problem=error.what)


async def _observe(parts: Parts, project: Project) -> None:
    """Tells the journal what serves, at each container event and every ten seconds."""
    tokens = Tokens(partial(stats_address, parts))
    while True:
        async with container_events([f"com.docker.compose.project={parts.compose.project}"]) as news:
            for _ in range(60):
                try:
                    seen = replace(await look(parts), tokens=await tokens.look())
                    await parts.store.releases.observe(project.id, seen)
                except LOST as error:
                    pass_on_cancellation()
                    log.warning("observation_not_told", problem=str(error))
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(OBSERVE_SECONDS):
                        await news.wait()
                news.clear()


async def look(hands: Hands) -> Observation:
    """What the worker sees now; what it could not see is told in `problem`."""
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            services = [container.state() for container in await containers(hands)]
        problem = None
    except TimeoutError:
        services, problem = [], f"Docker did not answer within {LOOK_SECONDS:g} s."
    except PipelineError as error:
        services, problem = [], error.what
    room = await asyncio.to_thread(measure, hands.layout.state_dir)
    return Observation(
        at=hands.clock(),
        worker=own_host(),
        services=services,
        disk_free=room.disk_free_ratio,
        memory_available=room.memory_available_ratio,
        problem=problem,
    )
