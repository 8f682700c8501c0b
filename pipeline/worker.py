"""The worker: takes requested runs and carries them out, and tells what it sees of production."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine
from dataclasses import replace
from functools import partial
from typing import Any

import structlog

from pipeline.cancelling import end, pass_on_cancellation
from pipeline.containers.events import container_events
from pipeline.engine.answering import keep_answering
from pipeline.engine.catch_up import catch_up
from pipeline.engine.copying import Copying, copying
from pipeline.engine.drive import drive
from pipeline.engine.folding import keep_folding
from pipeline.engine.leftovers import sweep
from pipeline.engine.lock import Lock, hold
from pipeline.engine.probation.watching import PACE, Pace, on_probation
from pipeline.engine.pruning import prune
from pipeline.engine.retention import Keep, keep_clearing
from pipeline.engine.revive import revive
from pipeline.engine.rotation import rotate
from pipeline.engine.tokens import Tokens, stats_address
from pipeline.model.errors import ConfigurationError, PipelineError, StaleEpoch
from pipeline.model.executor import Executor, Held
from pipeline.model.moment import show_in
from pipeline.model.release import Observation, Project
from pipeline.model.states import RunState
from pipeline.parts import check_branch, check_identity, equip, with_journal
from pipeline.probe import measure
from pipeline.process import inheriting
from pipeline.settings import WorkerSettings
from pipeline.source import RemoteUnreachable
from pipeline.stages.journey import Hands, Parts
from pipeline.stages.live import containers
from pipeline.store.connect import LOST, JournalUnreachable
from pipeline.told import told
from pipeline.version import own_host, own_version, revision
from pipeline.watching.keep import keep_watching

OBSERVE_SECONDS = 10.0
_RETRY_SECONDS = 2.0
_RETRY_MOST = 10.0
_STAND_BY_SECONDS = 0.5

log = structlog.get_logger()


async def work(settings: WorkerSettings, *, probation: Pace = PACE) -> None:
    """Runs until cancelled; a run under way is then parked in the journal for the next start.

    Raises ConfigurationError, EngineUnreachable and JournalUnreachable when
    a helper is away at the start.
    """
    show_in(settings.zone)
    check_identity(settings)
    to = settings.copies_to
    if to is not None and to.missing:
        raise ConfigurationError(
            "OFFSITE",
            f"a copy by {to.tool}, which is not on PATH here",
            "a tool that is installed where the worker runs (docs/configuration.md says how)",
        )
    async with equip(settings) as hands, _journal(hands) as parts:
        project = await parts.store.releases.project(
            settings.project_name, settings.git_url, settings.git_branch
        )
        await parts.store.settings.tell(project.id, "worker", told(settings))
        await parts.store.processes.begin("worker", own_host(), own_version(), revision())
        log.info("worker_ready", project=project.name, compose=str(parts.compose.directory))
        async with asyncio.TaskGroup() as group:
            group.create_task(_check_branch(parts), name="check-branch")
            group.create_task(_observe(parts, project), name="observe")
            group.create_task(_act(parts, project, probation), name="act")
            group.create_task(keep_answering(parts, project.id), name="answer")
            group.create_task(keep_folding(parts.store, settings.events_days), name="fold")
            group.create_task(keep_watching(parts, project), name="watch")
            keep = Keep(log_days=settings.log_days, reports=settings.coverage_reports)
            group.create_task(keep_clearing(parts.store, parts.layout, keep), name="clear")


async def _check_branch(parts: Parts) -> None:
    """Beside the rest: a run that was cut does not wait for a remote that is slow or away."""
    try:
        await check_branch(parts)
    except RemoteUnreachable as error:
        log.warning("remote_unreachable", problem=error.what)


@contextlib.asynccontextmanager
async def _journal(hands: Hands) -> AsyncIterator[Parts]:
    """The journal; where a switch that was cut had taken it down, it is brought back first."""
    async with contextlib.AsyncExitStack() as stack:
        try:
            parts = await stack.enter_async_context(with_journal(hands))
        except JournalUnreachable:
            if not await revive(hands):
                raise
            parts = await stack.enter_async_context(with_journal(hands))
        yield parts


async def _act(parts: Parts, project: Project, probation: Pace) -> None:
    """Carries out one run after the other, as long as this process holds the executor's lock.

    While another one holds it this one stands by, and acts within half a second of that one's end.
    """
    delay = _RETRY_SECONDS
    holder: Executor | None = None
    while True:
        try:
            async with hold(parts.layout.locks, project.name, "worker", parts.settings.journal) as lock:
                holder, delay = None, _RETRY_SECONDS
                for left in await asyncio.to_thread(sweep, parts.layout.state_dir):
                    log.info("leftover_removed", path=str(left))
                # Outside of `inheriting`: a copy that outlives us does not keep the next executor waiting.
                async with copying(_copying(parts, project)), on_probation(parts, project, probation):
                    with inheriting(lock.file.descriptor):
                        await _until(lock.lost, catch_up(parts, project))
                        await _until(lock.lost, _take_runs(parts, project, lock))
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


async def _until(lost: asyncio.Event, acting: Coroutine[Any, Any, object]) -> None:
    """Acts until the lock is lost; what is under way is then broken off, for another may act now."""
    act = asyncio.create_task(acting)
    losing = asyncio.create_task(lost.wait())
    try:
        await asyncio.wait({act, losing}, return_when=asyncio.FIRST_COMPLETED)
        if act.done():
            act.result()
    finally:
        await end([act, losing])


async def _take_runs(parts: Parts, project: Project, lock: Lock) -> None:
    """One after the other; what they leave is cleared away while none waits."""
    untidy = True
    async with parts.store.news.subscribe() as news:
        while True:
            run = await parts.store.runs.active(project.id)
            if run is None:
                if untidy:
                    await prune(parts, project)
                    folder, policy = parts.layout.backups, parts.settings.retention
                    await rotate(parts.store.releases, project.id, folder, policy, parts.clock())
                untidy = False
                await news.wait()
                continue
            try:
                await drive(parts, run.id, lock)
                untidy = (await parts.store.runs.get(run.id)).state is RunState.SUCCEEDED
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
        services = [container.state() for container in await containers(hands)]
        problem = None
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
